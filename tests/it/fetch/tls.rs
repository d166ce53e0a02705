//! HTTP/2 and client certificates, by the real binary against a server of our own.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, Response, Version};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use crate::support::Installation;

const FEED: &str = "<rss version='2.0'><channel><title>t</title><item><title>Bread</title></item></channel></rss>";

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures", name].iter().collect()
}

/// TLS as a publisher's server speaks it; who shows a certificate shows ours, or is sent away.
fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(fixture("transport/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fixture("transport/server.key")).unwrap();
    let mut clients = RootCertStore::empty();
    clients.add(CertificateDer::from_pem_file(fixture("fetch/client.pem")).unwrap()).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(clients), Arc::clone(&provider));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// What came: the path, the version of HTTP, and whether a certificate was shown.
type Asked = Arc<Mutex<Vec<(String, Version, bool)>>>;

/// Answers every request with a feed, and `/away` with a redirect to the same server by another name.
async fn serve(listener: TcpListener, asked: Asked) {
    let port = listener.local_addr().unwrap().port();
    while let Ok((stream, _)) = listener.accept().await {
        let asked = Arc::clone(&asked);
        tokio::spawn(async move {
            let Ok(stream) = acceptor().accept(stream).await else { return };
            let is_known = stream.get_ref().1.peer_certificates().is_some();
            let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
                let path = request.uri().path().to_owned();
                asked.lock().unwrap().push((path.clone(), request.version(), is_known));
                let answer = match path.as_str() {
                    "/away" => {
                        Response::builder().status(302).header("location", format!("https://127.0.0.1:{port}/there"))
                    }
                    _ => Response::builder().header("content-type", "application/rss+xml"),
                };
                async move { Ok::<_, Infallible>(answer.body(Body::from(FEED)).unwrap()) }
            });
            let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_and_a_client_certificate_is_shown_to_its_origin_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Asked::default();
    tokio::spawn(serve(listener, Arc::clone(&asked)));
    let certificate = fixture("fetch/client.pem").display().to_string();
    let feed = |name: &str, path: &str, lines: &str| {
        format!("[[feed]]\nname = \"{name}\"\nurl = \"https://localhost:{port}{path}\"\n{lines}\n")
    };
    let shown = format!("client_certificate = \"{certificate}\"");
    let configuration = "[poll]\nallow_private_addresses = true\nper_host_interval = \"0s\"\n".to_owned()
        + &feed("known", "/known", &shown)
        + &feed("unknown", "/unknown", "")
        + &feed("away", "/away", &shown);
    let installation = Installation::new(&configuration);
    let output = tokio::task::spawn_blocking(move || {
        let mut command = installation.command(&["check", "--online"]);
        command.env("SSL_CERT_FILE", fixture("transport/ca.pem")).output().expect("the binary runs")
    });
    let output = output.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("feeds: 3 answered well"), "{said}");
    let mut asked = asked.lock().unwrap().clone();
    asked.sort_by(|a, b| a.0.cmp(&b.0));
    let wanted = [("/away", true), ("/known", true), ("/there", false), ("/unknown", false)];
    assert_eq!(asked, wanted.map(|(path, is_known)| (path.to_owned(), Version::HTTP_2, is_known)));
}
