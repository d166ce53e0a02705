//! wirewatch as a user has it: a configuration in a folder, and the real binary.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a configuration.
pub struct Installation {
    pub folder: TempDir,
}

/// The daemon, killed when dropped.
pub struct Running {
    child: Child,
    /// What was read of its log.
    log: String,
}

impl Installation {
    pub fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let installation = Self { folder };
        installation.configure(configuration);
        installation
    }

    /// Replaces the configuration. Without a word on the web page it is off: many daemons run at once.
    pub fn configure(&self, configuration: &str) {
        let off = if configuration.contains("[web]") { "" } else { "\n[web]\nlisten = \"off\"\n" };
        fs::write(self.path("wirewatch.toml"), format!("{configuration}{off}")).expect("a writable folder");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command with its arguments, to be run in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirewatch"));
        command.current_dir(self.folder.path()).args(arguments);
        command.env_remove("WIREWATCH_CONFIG").env_remove("RUST_LOG").env("NO_COLOR", "1");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "wirewatch {arguments:?}: {}\n{stdout}\n{stderr}", output.status);
        stdout
    }

    /// Runs a command with `--json` that must succeed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let stdout = self.stdout(&[arguments, &["--json"]].concat());
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{stdout}"))
    }

    /// Everything due, once.
    pub fn once(&self) {
        self.stdout(&["run", "--once"]);
    }

    /// Everything, due or not, once.
    pub fn all(&self) {
        self.stdout(&["run", "--once", "--all"]);
    }

    /// Starts the daemon.
    pub fn start(&self) -> Running {
        let mut command = self.command(&["run"]);
        let child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the daemon starts");
        Running { child, log: String::new() }
    }

    /// Asks until the answer is as wanted.
    pub fn wait_for(&self, arguments: &[&str], wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let output = self.run(&[arguments, &["--json"]].concat());
            if let Ok(answer) = serde_json::from_slice(&output.stdout)
                && wanted(&answer)
            {
                return answer;
            }
            let seen = text(&output.stdout);
            assert!(begun.elapsed() < PATIENCE, "wirewatch {arguments:?} never said what was wanted, last: {seen}");
        }
    }
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().expect("the daemon was alive");
        self.child.wait().expect("the daemon is dead");
    }

    /// Waits for a daemon that somebody else killed.
    pub fn wait(&mut self) {
        self.child.wait().expect("the daemon is dead");
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Reads the log on until a line holds this, and returns the line.
    pub fn logged(&mut self, wanted: &str) -> String {
        let stderr = self.child.stderr.as_mut().expect("stderr is piped");
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            let read = stderr.read(&mut byte).expect("a readable log");
            line.extend(&byte[..read]);
            if byte == *b"\n" || read == 0 {
                let told = text(&line);
                self.log += &told;
                if told.contains(wanted) {
                    return told;
                }
                assert!(read > 0, "no `{wanted}` in the log:\n{}", self.log);
                line.clear();
            }
        }
    }

    /// Where it serves the web page: the part behind `http://`, on this machine; or the path of its socket.
    pub fn page(&mut self) -> String {
        let line = self.logged("serving the web page");
        let address = line.split("address=").nth(1).expect("an address").trim();
        let address = address.trim_start_matches("http://").trim_end_matches('/').trim_start_matches("unix:");
        address.replace("0.0.0.0", "127.0.0.1")
    }

    /// SIGTERM; returns the exit code and what was logged.
    pub fn stop(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        let status = self.child.wait().expect("the daemon ends");
        let mut log = std::mem::take(&mut self.log);
        let stderr = self.child.stderr.as_mut().expect("stderr is piped");
        stderr.read_to_string(&mut log).expect("a readable log");
        (status.code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
