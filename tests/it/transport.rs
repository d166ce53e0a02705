//! The way out, against a scripted mail server on loopback and against real folders.

mod dkim;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};
use wirewatch::alert;
use wirewatch::config::{MailConfig, MailTransport, SmtpConfig, SmtpSecurity};
use wirewatch::email::Email;
use wirewatch::model::Timestamp;
use wirewatch::transport::{self, SendError, Smtp, Step, Timeouts, Transport, TransportError};

const FROM: &str = "Wirewatch <wirewatch@example.org>";
const TO: &str = "desk@example.org";

// --- A mail server that follows a script -------------------------------------------------------------------------

/// What the server does at one moment instead of what a good server would do.
#[derive(Debug, Clone, Copy)]
enum Act {
    Say(&'static str),
    Hang,
    Drop,
}

/// At which command (`CONNECT` and `.` stand for the greeting and the end of a message), and for the how-manieth of it.
type Script = Vec<(&'static str, usize, Act)>;

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    commands: Vec<String>,
    messages: Vec<String>,
}

struct Server {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    async fn start(script: Script) -> Self {
        Self::secured(script, SmtpSecurity::Plain).await
    }

    async fn secured(script: Script, security: SmtpSecurity) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let theirs = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                theirs.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, script.clone(), theirs.clone(), security));
            }
        });
        Self { port, seen }
    }

    fn smtp(&self) -> Transport {
        Transport::Smtp(Smtp::with(self.config(), short(), &[]).unwrap())
    }

    fn config(&self) -> SmtpConfig {
        SmtpConfig {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            security: SmtpSecurity::Plain,
            user: None,
            password: None,
            oauth_token_file: None,
        }
    }

    fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }

    fn messages(&self) -> Vec<String> {
        self.seen.lock().unwrap().messages.clone()
    }
}

async fn serve(stream: TcpStream, script: Script, seen: Arc<Mutex<Seen>>, security: SmtpSecurity) {
    match security {
        SmtpSecurity::Plain => {
            let mut stream = BufReader::new(stream);
            greet(&mut stream, &script, &seen).await;
            converse(&mut stream, &script, &seen).await;
        }
        SmtpSecurity::Tls => {
            let Ok(stream) = acceptor().accept(stream).await else { return };
            let mut stream = BufReader::new(stream);
            greet(&mut stream, &script, &seen).await;
            converse(&mut stream, &script, &seen).await;
        }
        SmtpSecurity::StartTls => {
            let mut stream = BufReader::new(stream);
            greet(&mut stream, &script, &seen).await;
            if converse(&mut stream, &script, &seen).await != Some("STARTTLS") {
                return;
            }
            let Ok(stream) = acceptor().accept(stream.into_inner()).await else { return };
            converse(&mut BufReader::new(stream), &script, &seen).await;
        }
    }
}

async fn greet<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, script: &Script, seen: &Mutex<Seen>) {
    answer(stream, "CONNECT", "220 scripted ESMTP", script, seen).await;
}

/// Speaks until the client leaves, or until STARTTLS.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    script: &Script,
    seen: &Mutex<Seen>,
) -> Option<&'static str> {
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let verb = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
        seen.lock().unwrap().commands.push(line.trim_end().to_owned());
        let usual = match verb.as_str() {
            "EHLO" => "250-scripted\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN XOAUTH2",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "STARTTLS" => "220 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        answer(stream, &verb, usual, script, seen).await?;
        if verb == "STARTTLS" {
            return Some("STARTTLS");
        }
        if verb == "DATA" && !script.iter().any(|(at, _, act)| *at == "DATA" && matches!(act, Act::Say(_))) {
            let message = read_message(stream).await?;
            {
                let mut seen = seen.lock().unwrap();
                seen.messages.push(message);
                seen.commands.push(".".to_owned());
            }
            answer(stream, ".", "250 queued", script, seen).await?;
        }
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    at: &str,
    usual: &str,
    script: &Script,
    seen: &Mutex<Seen>,
) -> Option<()> {
    let count = match at {
        "CONNECT" => seen.lock().unwrap().connections,
        _ => seen.lock().unwrap().commands.iter().filter(|line| line.to_uppercase().starts_with(at)).count(),
    };
    let scripted = script.iter().find(|(verb, nth, _)| *verb == at && (*nth == count || *nth == 0));
    let reply = match scripted {
        Some((_, _, Act::Say(reply))) => reply,
        Some((_, _, Act::Hang)) => return std::future::pending().await,
        Some((_, _, Act::Drop)) => return None,
        None => usual,
    };
    stream.get_mut().write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    stream.get_mut().flush().await.ok()
}

async fn read_message<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

/// Two authorities and a server's certificate, made for these tests and valid for a hundred years.
fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/transport", name].iter().collect()
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(fixture("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Long enough for a busy machine, short enough for a test that waits for it.
fn short() -> Timeouts {
    let limit = Duration::from_secs(5);
    Timeouts { connect: limit, command: limit, content: limit }
}

fn impatient(server: &Server) -> Transport {
    let limit = Duration::from_millis(60);
    let timeouts = Timeouts { connect: Duration::from_secs(5), command: limit, content: limit };
    Transport::Smtp(Smtp::with(server.config(), timeouts, &[]).unwrap())
}

fn email(message_id: &str) -> Email {
    Email {
        from: FROM.to_owned(),
        to: TO.to_owned(),
        subject: "[rule] Headline".to_owned(),
        message_id: message_id.to_owned(),
        in_reply_to: None,
        references: Vec::new(),
        date: "2026-11-22T13:05:00Z".parse().unwrap(),
        headers: vec![("Auto-Submitted".to_owned(), "auto-generated".to_owned())],
        text: "Wörter.\n.\n..\nThe end.\n".to_owned(),
        html: "<p>Wörter.</p>\n".to_owned(),
        problems: Vec::new(),
    }
}

#[test]
fn a_message_is_read_back_as_it_was_composed() {
    let subject =
        "[rule] Отставка правительства: что известно к этому часу о переговорах, о которых говорят 京都議定書 🙂";
    let text = format!("Ünïcode = {}\n\n.dot\nThe end.\n", "long ".repeat(60));
    let mail = Email { subject: subject.to_owned(), text: text.clone(), ..email("ww.1@example.org") };
    for mail in [Email { html: String::new(), ..mail.clone() }, mail] {
        let read = transport::read(&transport::render(&mail).unwrap());
        assert!(read.headers.contains(&("Subject".to_owned(), subject.to_owned())), "{:?}", read.headers);
        assert_eq!(read.text.trim_end(), text.trim_end());
    }
    assert_eq!(transport::read(b"{\"rule\":1}").text, "{\"rule\":1}");
}

fn message() -> Vec<u8> {
    transport::render(&email("ww.1@example.org")).unwrap()
}

async fn refused(script: Script) -> SendError {
    let server = Server::start(script).await;
    server.smtp().send(FROM, TO, &message()).await.unwrap_err()
}

// --- Rendering ---------------------------------------------------------------------------------------------------

#[test]
fn a_mail_is_rendered_the_same_each_time() {
    assert_eq!(message(), message());
}

#[test]
fn plain_text_comes_first_and_both_are_quoted_printable() {
    let message = String::from_utf8(message()).unwrap();
    let (plain, html) =
        (message.find("text/plain; charset=utf-8").unwrap(), message.find("text/html; charset=utf-8").unwrap());
    assert!(plain < html);
    assert_eq!(message.matches("Content-Transfer-Encoding: quoted-printable").count(), 2);
    assert!(message.contains("Message-ID: <ww.1@example.org>\r\n"));
}

#[test]
fn line_breaks_in_names_and_headers_do_no_harm() {
    let mut hostile = email("ww.1@example.org>\r\nX-Evil: 1");
    hostile.from = "Wire\r\nX-Evil: 2\r\nwatch <wirewatch@example.org>".to_owned();
    hostile.subject = "Hi\r\nX-Evil: 3".to_owned();
    hostile.references = vec!["a@b>\r\nX-Evil: 4".to_owned()];
    hostile.headers.push(("X-Wirewatch-Rule".to_owned(), "r\nX-Evil: 5\r\n\r\nbody".to_owned()));
    let message = String::from_utf8(transport::render(&hostile).unwrap()).unwrap();
    assert!(!message.lines().any(|line| line.starts_with("X-Evil")));
    hostile.headers.push(("X-Bad Name:".to_owned(), "v".to_owned()));
    assert!(transport::render(&hostile).is_err());
}

#[test]
fn a_sender_may_have_a_name_in_any_script_and_a_domain_too() {
    let mut mail = email("ww.1@example.org");
    mail.from = "\"Nachrichten Zürich 📰\" <wache@zürich.example>".to_owned();
    let message = String::from_utf8(transport::render(&mail).unwrap()).unwrap();
    assert!(message.is_ascii());
    assert!(message.contains("<wache@xn--zrich-kva.example>\r\n"), "{message}");
}

#[test]
fn what_is_no_address_is_refused() {
    for to in ["nobody", "a@b@c d", "<>", "x@", "@example.org", "a b@example.org", "a@exa\r\nmple.org"] {
        let mail = Email { to: to.to_owned(), ..email("ww.1@example.org") };
        assert!(transport::render(&mail).is_err(), "`{to}`");
    }
}

// --- SMTP --------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_mail_arrives_whole_and_dots_survive() {
    let server = Server::start(vec![]).await;
    server.smtp().send(FROM, TO, &message()).await.unwrap();
    assert_eq!(server.messages(), [String::from_utf8(message()).unwrap()]);
    let commands = server.commands();
    assert_eq!(commands[0], "EHLO [127.0.0.1]");
    assert_eq!(commands[1], "MAIL FROM:<wirewatch@example.org>");
    assert_eq!(commands[2], "RCPT TO:<desk@example.org>");
}

#[tokio::test]
async fn a_batch_goes_over_one_connection() {
    let server = Server::start(vec![]).await;
    let smtp = server.smtp();
    for _ in 0..5 {
        smtp.send(FROM, TO, &message()).await.unwrap();
    }
    assert_eq!((server.connections(), server.messages().len()), (1, 5));
}

#[tokio::test]
async fn a_server_that_is_tired_of_the_connection_gets_a_new_one() {
    for script in
        [vec![("RSET", 1, Act::Drop)], vec![("MAIL", 2, Act::Say("421 too many mails"))], vec![("MAIL", 2, Act::Drop)]]
    {
        let server = Server::start(script).await;
        let smtp = server.smtp();
        smtp.send(FROM, TO, &message()).await.unwrap();
        smtp.send(FROM, TO, &message()).await.unwrap();
        assert_eq!((server.connections(), server.messages().len()), (2, 2));
    }
}

#[tokio::test]
async fn a_connection_is_left_after_any_error() {
    let server = Server::start(vec![("RCPT", 1, Act::Say("550 5.1.1 unknown"))]).await;
    let smtp = server.smtp();
    smtp.send(FROM, TO, &message()).await.unwrap_err();
    smtp.send(FROM, TO, &message()).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_4xx_at_any_step_is_temporary() {
    for step in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        let error = refused(vec![(step, 0, Act::Say("451 4.3.0 later"))]).await;
        assert!(error.is_transient() && error.code() == Some(451), "{step}: {error:?}");
    }
}

#[tokio::test]
async fn a_5xx_to_a_mail_is_permanent() {
    for (command, step) in [("RCPT", Step::Recipient), ("DATA", Step::Data), (".", Step::Content)] {
        let error = refused(vec![(command, 0, Act::Say("550 5.1.1 no"))]).await;
        assert_eq!(error, SendError::Permanent { step, code: Some(550), reason: "550 5.1.1 no".to_owned() });
        assert_eq!(error.is_address_refusal(), step == Step::Recipient);
    }
}

#[tokio::test]
async fn a_5xx_to_us_is_temporary_since_no_mail_is_at_fault() {
    for (command, reply) in [
        ("CONNECT", "554 you are on a list"),
        ("MAIL", "530 5.7.0 authentication required"),
        ("MAIL", "553 5.1.8 sender address rejected: domain not found"),
        ("MAIL", "550 no"),
        ("RCPT", "554 5.7.1 <desk@example.org>: Relay access denied"),
        ("RCPT", "550 5.7.1 Unable to relay"),
        ("RCPT", "550 5.7.606 Access denied, banned sending IP"),
        ("RCPT", "554 relay denied"),
        ("RCPT", "550 rejected because 127.0.0.1 is in a black list at zen.spamhaus.org"),
        ("RCPT", "550 your host is BLOCKED"),
        (".", "550 5.7.26 unauthenticated mail is not accepted"),
        (".", "530 5.7.0 authentication required"),
    ] {
        let error = refused(vec![(command, 0, Act::Say(reply))]).await;
        assert!(error.is_transient() && !error.is_address_refusal(), "{command} {reply}: {error:?}");
    }
}

#[tokio::test]
async fn a_word_on_the_address_is_told_from_a_word_on_us() {
    for reply in [
        "550 5.1.1 <desk@example.org>: user unknown",
        "550 5.1.10 recipient not found; blocked by nobody",
        "552 5.2.2 mailbox full",
        "553 5.1.3 bad address",
        "550 no such user here",
        "550",
    ] {
        let error = refused(vec![("RCPT", 0, Act::Say(reply))]).await;
        assert!(error.is_address_refusal(), "{reply}: {error:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_may_be_for_the_content_is_told_from_others() {
    for (command, reply, is_of_content) in [
        (".", "552 5.3.4 too big", true),
        (".", "554 5.7.1 looks like spam", true),
        (".", "550 no", true),
        (".", "550 5.7.26 unauthenticated mail is not accepted", true),
        ("DATA", "554 no", true),
        ("DATA", "530 5.7.0 authentication required", false),
        (".", "452 full", false),
        ("RCPT", "554 relay denied", false),
        ("RCPT", "552 mailbox full", false),
    ] {
        let error = refused(vec![(command, 0, Act::Say(reply))]).await;
        assert_eq!(error.is_content_refusal(), is_of_content, "{command} {reply}: {error:?}");
    }
}

#[tokio::test]
async fn an_answer_is_understood_however_it_is_worded() {
    let long: &'static str = Box::leak(format!("250 2.0.0 queued {}", "as 4bQ1 ".repeat(200)).into_boxed_str());
    for reply in ["250", "250 2.0.0 message acceptée", "250-2.0.0\r\n250", "250 \u{1b}[31mqueued\u{7}", long] {
        let server = Server::start(vec![(".", 0, Act::Say(reply))]).await;
        server.smtp().send(FROM, TO, &message()).await.unwrap_or_else(|error| panic!("{reply}: {error}"));
    }
    for (command, reply) in
        [("CONNECT", "220 serveur très pressé"), ("EHLO", "250-Grüße\r\n250 8BITMIME"), ("MAIL", "250")]
    {
        let server = Server::start(vec![(command, 0, Act::Say(reply))]).await;
        server.smtp().send(FROM, TO, &message()).await.unwrap_or_else(|error| panic!("{reply}: {error}"));
    }
    let error = refused(vec![("RCPT", 0, Act::Say("550 5.1.1 boîte inconnue"))]).await;
    assert!(error.is_address_refusal() && error.to_string().contains("5.1.1 bo"), "{error:?}");
    let error = refused(vec![("RCPT", 0, Act::Say("451 \u{202e}later\u{202c}"))]).await;
    assert!(error.to_string().is_ascii(), "{error}");
}

#[tokio::test]
async fn a_server_that_repeats_the_login_is_not_quoted() {
    for reply in [
        "535 5.7.8 bad credentials for AUTH PLAIN AGRlc2sAY29ycmVjdCBob3JzZQ==",
        "535 5.7.8 no: correct horse",
        "535 Y29ycmVjdCBob3JzZQ==",
        "535-5.7.8 try again\r\n535 AGRlc2sAY29ycmVj",
    ] {
        let server = Server::start(vec![("AUTH", 1, Act::Say(reply))]).await;
        let config = with_login(&server, "127.0.0.1", SmtpSecurity::Plain);
        let smtp = Transport::Smtp(Smtp::with(config, short(), &[]).unwrap());
        let error = smtp.send(FROM, TO, &message()).await.unwrap_err();
        assert!(error.is_transient() && error.code() == Some(535), "{reply}: {error:?}");
        let said = format!("{error:?} {error}");
        assert!(said.contains("535 (the server repeats the login)"), "{said}");
        assert!(!said.contains("horse") && !said.contains("Y29yc") && !said.contains("AGRlc"), "{said}");
    }
}

#[tokio::test]
async fn only_250_after_the_message_is_success() {
    for reply in ["251 well", "354 and?", "221 bye", "999 what", "nonsense"] {
        let error = refused(vec![(".", 0, Act::Say(reply))]).await;
        assert!(error.is_transient() && error.step() == Step::Content, "{reply}: {error:?}");
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_message_is_temporary() {
    let error = refused(vec![(".", 0, Act::Drop)]).await;
    assert_eq!((error.is_transient(), error.step()), (true, Step::Content));
}

#[tokio::test]
async fn a_server_that_hangs_at_any_step_is_given_up_in_time() {
    for step in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        let server = Server::start(vec![(step, 0, Act::Hang)]).await;
        let error = impatient(&server).send(FROM, TO, &message()).await.unwrap_err();
        assert!(error.is_transient() && error.to_string().contains("no answer within 0.06 s"), "{step}: {error}");
    }
}

#[tokio::test]
async fn a_reply_nobody_asked_for_is_no_answer() {
    // Read ahead, the second reply to RCPT would answer DATA, and the refusal of the message would go unseen.
    for at in ["MAIL", "RCPT"] {
        let error =
            refused(vec![(at, 0, Act::Say("250 ok\r\n354 go on\r\n250 queued")), (".", 0, Act::Say("554 spam"))]).await;
        assert!(error.to_string().ends_with("the server spoke out of turn"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_listens_at_is_temporary() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let config = SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::Plain,
        user: None,
        password: None,
        oauth_token_file: None,
    };
    let error = Transport::Smtp(Smtp::new(config).unwrap()).send(FROM, TO, &message()).await.unwrap_err();
    assert!(error.is_transient() && error.step() == Step::Connect);
}

#[tokio::test]
async fn an_endless_reply_does_not_fill_the_memory() {
    let line: &'static str = Box::leak("2".repeat(200_000).into_boxed_str());
    let error = refused(vec![("MAIL", 0, Act::Say(line))]).await;
    assert!(error.is_transient() && error.to_string().contains("endless line"), "{error}");
}

#[tokio::test]
async fn a_reply_of_lines_without_end_is_given_up() {
    let lines: &'static str = Box::leak("250-and so on\r\n".repeat(10_000).into_boxed_str());
    for step in ["CONNECT", "MAIL", "."] {
        let error = refused(vec![(step, 0, Act::Say(lines))]).await;
        assert!(error.is_transient() && error.to_string().contains("no end"), "{step}: {error}");
    }
}

#[tokio::test]
async fn a_bare_line_feed_cannot_end_a_message() {
    let server = Server::start(vec![]).await;
    server.smtp().send(FROM, TO, b"Subject: x\r\n\r\none\n.\nMAIL FROM:<evil@example.net>\rtwo\r\n").await.unwrap();
    assert_eq!(server.messages(), ["Subject: x\r\n\r\none\r\n.\r\nMAIL FROM:<evil@example.net>\r\ntwo\r\n"]);
}

fn with_login(server: &Server, host: &str, security: SmtpSecurity) -> SmtpConfig {
    let (user, password) = (Some("desk".to_owned()), Some(SecretString::from("correct horse")));
    SmtpConfig { host: host.to_owned(), port: server.port, security, user, password, oauth_token_file: None }
}

#[tokio::test]
async fn a_login_is_sent_and_a_refused_one_keeps_the_alert() {
    let server = Server::start(vec![("AUTH", 2, Act::Say("535 5.7.8 bad credentials"))]).await;
    let smtp =
        Transport::Smtp(Smtp::with(with_login(&server, "127.0.0.1", SmtpSecurity::Plain), short(), &[]).unwrap());
    smtp.check().await.unwrap();
    assert_eq!(server.commands(), ["EHLO [127.0.0.1]", "AUTH PLAIN AGRlc2sAY29ycmVjdCBob3JzZQ==", "QUIT"]);
    let error = smtp.send(FROM, TO, &message()).await.unwrap_err();
    assert!(error.is_transient() && error.step() == Step::Login && error.code() == Some(535));
    assert!(!format!("{smtp:?} {error:?} {error}").contains("horse"));
}

#[tokio::test]
async fn a_token_is_read_anew_at_each_login() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let server = Server::start(vec![("MAIL", 2, Act::Say("421 too many mails"))]).await;
    let login = with_login(&server, "127.0.0.1", SmtpSecurity::Plain);
    let config = SmtpConfig { password: None, oauth_token_file: Some(file.clone()), ..login };
    let smtp = Transport::Smtp(Smtp::with(config, short(), &[]).unwrap());
    for (text, said) in [(None, "No such file"), (Some("\n"), "the file is empty"), (Some("a b"), "white space in it")]
    {
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        let error = smtp.send(FROM, TO, &message()).await.unwrap_err();
        assert!(error.is_transient() && error.step() == Step::Login && error.to_string().contains(said), "{error}");
    }
    for token in ["ya29.first", "ya29.second"] {
        fs::write(&file, format!("{token}\n")).unwrap();
        smtp.send(FROM, TO, &message()).await.unwrap();
    }
    let logins: Vec<String> = server.commands().into_iter().filter(|command| command.starts_with("AUTH")).collect();
    // The user, and `Bearer` with each token, in base64.
    let expected = ["first", "second"].map(|token| {
        use base64::Engine as _;
        let said = format!("user=desk\u{1}auth=Bearer ya29.{token}\u{1}\u{1}");
        format!("AUTH XOAUTH2 {}", base64::engine::general_purpose::STANDARD.encode(said))
    });
    assert_eq!(logins, expected);
}

fn trusting(root: &str, server: &Server, host: &str, security: SmtpSecurity) -> Transport {
    let root = CertificateDer::from_pem_file(fixture(root)).unwrap();
    Transport::Smtp(Smtp::with(with_login(server, host, security), short(), &[root]).unwrap())
}

#[tokio::test]
async fn tls_works_from_the_start_and_after_starttls() {
    for security in [SmtpSecurity::Tls, SmtpSecurity::StartTls] {
        let server = Server::secured(vec![], security).await;
        let smtp = trusting("ca.pem", &server, "localhost", security);
        smtp.send(FROM, TO, &message()).await.unwrap();
        smtp.send(FROM, TO, &message()).await.unwrap();
        assert_eq!((server.connections(), server.messages().len()), (1, 2));
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_or_of_a_stranger_is_refused() {
    let server = Server::secured(vec![], SmtpSecurity::Tls).await;
    let stranger = trusting("other-ca.pem", &server, "localhost", SmtpSecurity::Tls);
    for smtp in [trusting("ca.pem", &server, "127.0.0.2", SmtpSecurity::Tls), stranger] {
        let error = smtp.send(FROM, TO, &message()).await.unwrap_err();
        assert!(error.is_transient() && error.step() != Step::Sender, "{error}");
    }
    assert!(server.commands().is_empty());
}

#[tokio::test]
async fn nothing_is_said_in_clear_where_starttls_is_not_offered() {
    let server =
        Server::secured(vec![("EHLO", 0, Act::Say("250-scripted\r\n250 AUTH PLAIN"))], SmtpSecurity::StartTls).await;
    let error =
        trusting("ca.pem", &server, "localhost", SmtpSecurity::StartTls).send(FROM, TO, &message()).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("no STARTTLS"), "{error}");
    assert_eq!(server.commands(), ["EHLO [127.0.0.1]"]);
}

#[tokio::test]
async fn a_stranger_on_the_line_cannot_answer_for_the_server_behind_starttls() {
    let injected = "220 go on\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued";
    let server = Server::secured(vec![("STARTTLS", 0, Act::Say(injected))], SmtpSecurity::StartTls).await;
    let error =
        trusting("ca.pem", &server, "localhost", SmtpSecurity::StartTls).send(FROM, TO, &message()).await.unwrap_err();
    assert!(error.is_transient() && error.step() == Step::Tls, "{error}");
}

#[test]
fn mail_without_tls_stays_on_this_machine() {
    let config = SmtpConfig {
        host: "192.0.2.1".to_owned(),
        port: 25,
        security: SmtpSecurity::Plain,
        user: None,
        password: None,
        oauth_token_file: None,
    };
    assert!(matches!(Smtp::new(config), Err(TransportError::PlainBeyondLoopback(host)) if host == "192.0.2.1"));
}

// --- Maildir -----------------------------------------------------------------------------------------------------

fn maildir(path: &Path) -> Transport {
    let transport = MailTransport::Maildir(path.to_owned());
    Transport::open(&MailConfig {
        from: FROM.to_owned(),
        transport,
        max_per_hour: 60,
        operator: None,
        dkim: None,
        templates: Default::default(),
    })
    .unwrap()
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_maildir_is_created_for_its_owner_and_holds_the_mail() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/alerts");
    let transport = maildir(&path);
    assert_eq!(transport.channel(), "maildir");
    transport.check().await.unwrap();
    transport.send(FROM, TO, &message()).await.unwrap();
    let new = files(path.join("new"));
    assert_eq!(new.len(), 1);
    assert_eq!(fs::read(&new[0]).unwrap(), String::from_utf8(message()).unwrap().replace("\r\n", "\n").into_bytes());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join("cur")), mode(&new[0])), (0o700, 0o700, 0o600));
    assert!(files(path.join("tmp")).is_empty());
}

#[tokio::test]
async fn a_repeat_is_known_by_its_message_id_read_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let transport = maildir(folder.path());
    transport.send(FROM, TO, &message()).await.unwrap();
    let later = Email { date: "2026-11-22T14:00:00Z".parse().unwrap(), ..email("ww.1@example.org") };
    transport.send(FROM, TO, &transport::render(&later).unwrap()).await.unwrap();
    let new = files(folder.path().join("new"));
    assert_eq!(new.len(), 1);
    let name = new[0].file_name().unwrap().to_str().unwrap();
    fs::rename(&new[0], folder.path().join("cur").join(format!("{name}:2,S"))).unwrap();
    transport.send(FROM, TO, &message()).await.unwrap();
    assert!(files(folder.path().join("new")).is_empty());
    transport.send(FROM, TO, &transport::render(&email("ww.2@example.org")).unwrap()).await.unwrap();
    assert_eq!(files(folder.path().join("new")).len(), 1);
}

#[tokio::test]
async fn a_draft_left_by_a_crash_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let transport = maildir(folder.path());
    transport.send(FROM, TO, &message()).await.unwrap();
    let new = files(folder.path().join("new"));
    let name = new[0].file_name().unwrap();
    fs::rename(&new[0], folder.path().join("tmp").join(name)).unwrap();
    fs::write(folder.path().join("tmp").join(name), "half a mess").unwrap();
    transport.send(FROM, TO, &message()).await.unwrap();
    assert_eq!(
        fs::read_to_string(folder.path().join("new").join(name)).unwrap().replace('\n', "\r\n").into_bytes(),
        message()
    );
}

#[tokio::test]
async fn a_maildir_that_was_taken_away_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts");
    let transport = maildir(&path);
    transport.send(FROM, TO, &message()).await.unwrap();
    for gone in [path.clone(), path.join("cur"), path.join("tmp"), path.join("new")] {
        fs::remove_dir_all(&gone).unwrap();
        transport.send(FROM, TO, &message()).await.unwrap();
        assert_eq!(files(path.join("new")).len(), 1, "without {}", gone.display());
    }
}

#[test]
fn a_name_keeps_the_quotes_within_it() {
    for (from, read) in [
        ("\"Wirewatch, Berlin\" <ww@example.org>", "Wirewatch, Berlin <ww@example.org>"),
        ("Wire \"Desk\" <ww@example.org>", "\"Wire \\\"Desk\\\"\" <ww@example.org>"),
    ] {
        let email = Email { from: from.to_owned(), ..email("ww.1@example.org") };
        let headers = transport::read(&transport::render(&email).unwrap()).headers;
        assert!(headers.contains(&("From".to_owned(), read.to_owned())), "{headers:?}");
    }
}

#[tokio::test]
async fn a_maildir_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let transport = maildir(folder.path());
    fs::remove_dir(folder.path().join("new")).unwrap();
    fs::write(folder.path().join("new"), "no folder").unwrap();
    let error = transport.send(FROM, TO, &message()).await.unwrap_err();
    assert!(error.is_transient() && error.step() == Step::Write);
    fs::write(folder.path().join("file"), "").unwrap();
    let blocked = MailTransport::Maildir(folder.path().join("file/alerts"));
    let config = MailConfig {
        from: FROM.to_owned(),
        transport: blocked,
        max_per_hour: 60,
        operator: None,
        dkim: None,
        templates: Default::default(),
    };
    assert!(matches!(Transport::open(&config), Err(TransportError::Maildir { .. })));
}

// --- When to try again -------------------------------------------------------------------------------------------

#[test]
fn attempts_grow_apart_and_end_after_five_days() {
    let created: Timestamp = "2026-11-22T13:05:00Z".parse().unwrap();
    let (mut now, mut attempts, mut waits) = (created, 1, Vec::new());
    while let Some(next) = alert::next_attempt(created, attempts, 7, now) {
        waits.push(next.since(now));
        now = next;
        attempts += 1;
    }
    assert!(waits[0] >= Duration::from_secs(54) && waits[0] <= Duration::from_secs(66));
    assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(4 * 3600 + 1440)));
    let days = now.since(created).as_secs_f64() / 86_400.0;
    assert!((5.0..5.4).contains(&days), "{days}");
    assert_ne!(alert::next_attempt(created, 3, 1, created), alert::next_attempt(created, 3, 2, created));
}

#[test]
fn an_old_delivery_is_not_given_up_at_its_first_failure() {
    let created: Timestamp = "2026-11-22T13:05:00Z".parse().unwrap();
    assert!(alert::next_attempt(created, 1, 7, created + Duration::from_secs(7 * 86_400)).is_some());
}
