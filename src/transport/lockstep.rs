//! A stream that holds an SMTP server to its turn: one reply for each command, in lines of bounded length.
//!
//! A client that reads ahead takes a reply nobody asked for as the answer to its next command, and then an earlier
//! "250" for a later refusal. In clear text that is how a stranger on the line answers in the place of the server
//! behind STARTTLS (CVE-2021-38371 and its many kin).

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Longer than any reply line (RFC 5321 allows 512 bytes).
const MAX_LINE: usize = 4096;

/// More than any reply has. lettre reads a reply from its beginning at each line, so that one without an end would also
/// take ever longer.
const MAX_LINES: usize = 200;

/// What is handed on of a line: as much as a reply may have (RFC 5321 §4.5.3.1.5).
const LONGEST_LINE: usize = 510;

/// Anything that SMTP can be spoken over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug {}
impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug> Stream for S {}

/// Hands out one reply line at a time and refuses to write while the server has said more than it was asked.
#[derive(Debug)]
pub(super) struct Lockstep<S> {
    stream: S,
    peer: SocketAddr,
    /// Received and not yet read.
    inbox: Vec<u8>,
    /// What is left of a line that is being handed out.
    line: Vec<u8>,
    /// Lines of this reply that were handed out.
    lines: usize,
    /// That line ends a reply.
    is_last: bool,
    /// A whole reply was handed out, and nothing was written since.
    answered: bool,
}

impl<S: Stream> Lockstep<S> {
    /// Speaks first what `prelude` says, as if the server had sent it.
    pub fn new(stream: S, peer: SocketAddr, prelude: &[u8]) -> Self {
        Self { stream, peer, inbox: prelude.to_vec(), line: Vec::new(), lines: 0, is_last: false, answered: false }
    }

    /// The stream below, provided that nothing was received that nobody has read.
    pub fn into_inner(self) -> io::Result<S> {
        if self.is_read() { Ok(self.stream) } else { Err(out_of_turn()) }
    }

    /// Moves the next line, or a part of it where the buffer is small, to the reader. `false` without a whole line.
    fn hand_out(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        if self.line.is_empty() {
            let Some(end) = self.inbox.iter().position(|&byte| byte == b'\n') else { return false };
            self.line = readable(&self.inbox[..=end]);
            self.inbox.drain(..=end);
            self.is_last = self.line.get(3) != Some(&b'-');
            self.lines = if self.is_last { 0 } else { self.lines + 1 };
        }
        let taken = self.line.len().min(buffer.remaining());
        buffer.put_slice(&self.line[..taken]);
        self.line.drain(..taken);
        self.answered = self.line.is_empty() && self.is_last;
        true
    }

    /// Whether everything that was received was handed out.
    fn is_read(&self) -> bool {
        self.inbox.is_empty() && self.line.is_empty()
    }

    fn receive(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut bytes = [0; 1024];
        let mut buffer = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
        self.inbox.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }
}

/// A reply line as lettre reads it, which takes no code without a text, no letter beyond ASCII and no long line for a
/// reply at all: a "250" that it cannot read would have every mail sent again and again.
fn readable(line: &[u8]) -> Vec<u8> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let clean = |byte: &u8| if byte.is_ascii() && !byte.is_ascii_control() { *byte } else { b'?' };
    let mut readable: Vec<u8> = line.iter().take(LONGEST_LINE).map(clean).collect();
    if readable.len() == 3 && readable.iter().all(u8::is_ascii_digit) {
        readable.push(b' ');
    }
    readable.extend_from_slice(b"\r\n");
    readable
}

fn out_of_turn() -> io::Error {
    invalid("the server spoke out of turn")
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

impl<S: Stream> AsyncRead for Lockstep<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.lines > MAX_LINES {
                return Poll::Ready(Err(invalid("the server's reply has no end")));
            }
            if this.hand_out(buffer) {
                return Poll::Ready(Ok(()));
            }
            if this.inbox.len() > MAX_LINE {
                return Poll::Ready(Err(invalid("the server's reply has an endless line")));
            }
            if ready!(this.receive(context))? == 0 {
                return Poll::Ready(Err(io::Error::new(ErrorKind::UnexpectedEof, "the server closed the connection")));
            }
        }
    }
}

impl<S: Stream> AsyncWrite for Lockstep<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.answered {
            // Also finds the farewell (421) of a server that grew tired of waiting, and its closing the connection.
            match this.receive(context) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(ErrorKind::ConnectionAborted.into())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(_)) | Poll::Pending => {}
            }
            if !this.is_read() {
                return Poll::Ready(Err(out_of_turn()));
            }
            this.answered = false;
        }
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl<S: Stream> AsyncTokioStream for Lockstep<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
