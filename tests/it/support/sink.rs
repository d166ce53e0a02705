//! A mail server on loopback that speaks SMTP, keeps what it accepts, and can be taken down.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a mail may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message that was accepted.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    /// As transferred, dots unstuffed, lines ended by CR LF.
    pub message: String,
}

impl Mail {
    /// A header, unfolded; encoded words stay as they are.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.message.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
        let prefix = format!("{name}: ").to_ascii_lowercase();
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&prefix))?;
        Some(line[prefix.len()..].to_owned())
    }

    /// The message with quoted-printable line ends and `=XX` undone, good enough to look for words in it.
    pub fn text(&self) -> String {
        let joined = self.message.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let Some((first, others)) = rest.split_first() {
            let hex = (*first == b'=').then(|| others.get(..2)).flatten();
            let decoded = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
            match decoded {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &others[2..];
                }
                None => {
                    bytes.push(*first);
                    rest = others;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Called with each message after it was kept and before it is acknowledged.
pub type OnMail = Arc<dyn Fn(&Mail) + Send + Sync>;

/// The running server.
pub struct Sink {
    pub port: u16,
    mails: Receiver<Mail>,
    kept: Sender<Mail>,
    running: Option<Running>,
    on_mail: Arc<Mutex<Option<OnMail>>>,
    refusals: Arc<Mutex<Refusals>>,
}

/// What the server will not take.
#[derive(Default)]
struct Refusals {
    /// Addresses with the reply to RCPT.
    addresses: HashMap<String, String>,
    /// The reply to a message with HTML.
    html: Option<String>,
    /// What a message has in it, and the reply to it; an empty one: none, and the connection ends.
    like: Option<(String, String)>,
}

struct Running {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<()>,
}

impl Sink {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (kept, mails) = channel();
        let mut sink = Self { port, mails, kept, running: None, on_mail: Arc::default(), refusals: Arc::default() };
        sink.listen(listener);
        sink
    }

    /// `smtp = "…"` for a configuration.
    pub fn url(&self) -> String {
        format!("smtp+plain://127.0.0.1:{}", self.port)
    }

    /// Refuses connections until `up`.
    pub fn down(&mut self) {
        let Some(running) = self.running.take() else { return };
        running.stop.store(true, Ordering::SeqCst);
        // Wakes the listener, which then closes its socket.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        running.thread.join().expect("no panic");
    }

    pub fn up(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("the port is still ours");
        self.listen(listener);
    }

    /// Calls `act` with each mail before it is acknowledged.
    pub fn on_mail(&self, act: Option<OnMail>) {
        *self.on_mail.lock().expect("no panic") = act;
    }

    /// Answers RCPT to an address with this from now on; `None`: takes it again.
    pub fn refuse(&self, address: &str, reply: Option<&str>) {
        let mut refusals = self.refusals.lock().expect("no panic");
        match reply {
            Some(reply) => refusals.addresses.insert(address.to_owned(), reply.to_owned()),
            None => refusals.addresses.remove(address),
        };
    }

    /// Answers messages with HTML with this from now on.
    pub fn refuse_html(&self, reply: &str) {
        self.refusals.lock().expect("no panic").html = Some(reply.to_owned());
    }

    /// Answers messages that have this in them with a reply from now on; by an empty one hangs up instead, having kept
    /// them.
    pub fn refuse_like(&self, part: &str, reply: &str) {
        self.refusals.lock().expect("no panic").like = Some((part.to_owned(), reply.to_owned()));
    }

    /// The next mail; fails the test when none comes.
    pub fn next(&self) -> Mail {
        self.mails.recv_timeout(PATIENCE).expect("a mail arrives")
    }

    /// The mails that have arrived and were not taken yet.
    pub fn waiting(&self) -> Vec<Mail> {
        self.mails.try_iter().collect()
    }

    fn listen(&mut self, listener: TcpListener) {
        let stop = Arc::new(AtomicBool::new(false));
        let (kept, on_mail, stopped) = (self.kept.clone(), Arc::clone(&self.on_mail), Arc::clone(&stop));
        let refusals = Arc::clone(&self.refusals);
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (kept, on_mail, refusals) = (kept.clone(), Arc::clone(&on_mail), Arc::clone(&refusals));
                thread::spawn(move || converse(stream, &kept, &on_mail, &refusals));
            }
        });
        self.running = Some(Running { stop, thread });
    }
}

fn converse(
    stream: TcpStream,
    kept: &Sender<Mail>,
    on_mail: &Mutex<Option<OnMail>>,
    refusals: &Mutex<Refusals>,
) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut writer = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream);
    let mut say = |line: &str| writer.write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 sink ESMTP")?;
    let mut to = String::new();
    loop {
        let line = read_line(&mut lines)?;
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => say("250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8")?,
            "MAIL" | "RSET" | "NOOP" | "HELO" => say("250 fine")?,
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                let refused = refusals.lock().expect("no panic").addresses.get(&to).cloned();
                say(refused.as_deref().unwrap_or("250 fine"))?;
            }
            "DATA" => {
                say("354 go on")?;
                let mail = Mail { to: to.clone(), message: read_message(&mut lines)? };
                let refused = refusals.lock().expect("no panic").html.clone();
                if let Some(reply) = refused.filter(|_| mail.message.contains("text/html")) {
                    say(&reply)?;
                    continue;
                }
                let refused = refusals.lock().expect("no panic").like.clone();
                let refused = refused.filter(|(part, _)| mail.text().contains(part));
                if let Some((_, reply)) = refused.as_ref().filter(|(_, reply)| !reply.is_empty()) {
                    say(reply)?;
                    continue;
                }
                kept.send(mail.clone()).ok()?;
                if refused.is_some() {
                    return None;
                }
                let act = on_mail.lock().expect("no panic").clone();
                if let Some(act) = act {
                    act(&mail);
                }
                say("250 kept")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return Some(());
            }
            _ => say("500 what?")?,
        }
    }
}

fn read_line(lines: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = lines.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_message(lines: &mut BufReader<TcpStream>) -> Option<String> {
    let mut message = String::new();
    loop {
        let line = read_line(lines)?;
        if line == "." {
            return Some(message);
        }
        message += line.strip_prefix('.').unwrap_or(&line);
        message += "\r\n";
    }
}
