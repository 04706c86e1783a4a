//! Scratch clusters: private servers, each in its own directory, which do not outlive the tests.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// Starts the server, waits for the end of its input and removes everything. The other end of the input is the test process, so the
/// cluster also ends if that process is killed. `exec` is not used, because this shell has to stay.
const GUARD: &str = r#"
stop() {
    "$BIN/pg_ctl" -D "$DIR/data" -m immediate -w stop </dev/null >/dev/null 2>&1
    rm -rf "$DIR"
}
trap stop EXIT
if "$BIN/initdb" -D "$DIR/data" -U postgres -A trust -N -E UTF8 --locale=C.UTF-8 </dev/null >"$DIR/setup.log" 2>&1 &&
    cat "$DIR/extra.conf" >>"$DIR/data/postgresql.conf" &&
    { [ ! -f "$DIR/hba.conf" ] || cp "$DIR/hba.conf" "$DIR/data/pg_hba.conf"; } &&
    "$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/server.log" -w start </dev/null >>"$DIR/setup.log" 2>&1
then
    echo ready
    cat >/dev/null
else
    cat "$DIR/setup.log" "$DIR/server.log"
fi
"#;

/// A running server.
#[derive(Debug)]
pub struct Cluster {
    dir: PathBuf,
    bin: PathBuf,
    port: u16,
    guard: Mutex<Child>,
}

/// What a cluster needs in addition to the defaults.
#[derive(Debug, Default)]
pub struct Options<'a> {
    /// Settings, appended to `postgresql.conf`.
    pub settings: &'a [(&'a str, &'a str)],
    /// The whole of `pg_hba.conf`.
    pub hba: Option<&'a str>,
    /// Files for the cluster's directory, readable only by the server.
    pub files: &'a [(&'a str, &'a [u8])],
}

impl Cluster {
    /// The cluster of this test binary. It logs every statement with its parameters, so that any test can check the log.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&Options::default()))
    }

    /// Starts another cluster, which ends when it is dropped.
    ///
    /// # Panics
    /// If it does not start; the panic message contains its log.
    #[must_use]
    pub fn start(options: &Options<'_>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Not TMPDIR: the server's user must be able to access it, and a socket's path must be short.
        let dir =
            PathBuf::from(format!("/tmp/eryxon-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir(&dir).expect("the folder is new");
        let port = free_port();
        let mut files = vec![("extra.conf", configuration(&dir, port, options.settings).into_bytes())];
        files.extend(options.hba.map(|hba| ("hba.conf", hba.as_bytes().to_vec())));
        files.extend(options.files.iter().map(|(name, content)| (*name, content.to_vec())));
        for (name, content) in files {
            let path = dir.join(name);
            std::fs::write(&path, content).expect("the folder can be written");
            restrict(&path);
        }
        give_to_server(&dir);

        let bin = server_binaries();
        let mut guard = as_server_user("sh")
            .args(["-c", GUARD])
            .env("BIN", &bin)
            .env("DIR", &dir)
            // Not reached by the terminal's Ctrl-C, which ends the tests and thereby closes the input.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        let said: Vec<_> = BufReader::new(guard.stdout.take().expect("stdout is piped"))
            .lines()
            .map_while(Result::ok)
            .take_while(|line| line != "ready")
            .collect();
        assert!(said.is_empty(), "the cluster did not start:\n{}", said.join("\n"));
        Self { dir, bin, port, guard: Mutex::new(guard) }
    }

    /// The directory of the Unix socket.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.dir
    }

    /// The port, of the Unix socket and on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What the server has logged so far.
    ///
    /// # Panics
    /// If it cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.dir.join("server.log")).expect("the server has a log")).into_owned()
    }

    /// One of PostgreSQL's client programs, set up to connect to this cluster as the superuser.
    #[must_use]
    pub fn program(&self, name: &str) -> Command {
        let mut command = as_server_user(self.bin.join(name));
        command.arg("-h").arg(&self.dir).args(["-p", &self.port.to_string(), "-U", "postgres"]);
        command
    }

    /// Runs a script as the superuser and returns its output, unaligned and without headers.
    ///
    /// # Panics
    /// If it fails.
    pub fn psql(&self, database: &str, script: &str) -> String {
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", script]);
        text(&mut psql)
    }

    /// Stops the server and starts it again.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&self) {
        self.stop_server();
        self.start_server();
    }

    /// Stops the server; connections are cut.
    ///
    /// # Panics
    /// If it does not stop.
    pub fn stop_server(&self) {
        text(
            as_server_user(self.bin.join("pg_ctl"))
                .arg("-D")
                .arg(self.dir.join("data"))
                .args(["-m", "fast", "-w", "stop"]),
        );
    }

    /// Starts the server after [`Cluster::stop_server`].
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_server(&self) {
        let mut start = as_server_user(self.bin.join("pg_ctl"));
        start.arg("-D").arg(self.dir.join("data")).arg("-l").arg(self.dir.join("server.log")).args(["-w", "start"]);
        // The server keeps its output open, so this must not be a pipe that is read to its end.
        let status = start.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("pg_ctl starts");
        assert!(status.success(), "the server did not start again:\n{}", self.log());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(guard) = self.guard.get_mut() {
            drop(guard.stdin.take());
            let _ = guard.wait();
        }
    }
}

/// A port on 127.0.0.1 that is free at the moment.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("there is a free port").port()
}

/// A command that runs as the servers' user, in a directory that this user can access.
pub fn as_server_user(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env_remove("RUST_BACKTRACE");
    if let Some((uid, gid)) = server_user() {
        command.uid(*uid).gid(*gid);
    }
    command
}

/// Runs a command to completion and returns its output.
///
/// # Panics
/// If it fails; the panic message contains its stderr.
pub fn text(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Changes the owner of a file or directory to the server's user.
///
/// # Panics
/// If that is not permitted.
pub fn give_to_server(path: &Path) {
    if let Some((uid, gid)) = server_user() {
        chown(path, Some(*uid), Some(*gid)).expect("root may change a file's owner");
    }
}

fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
    give_to_server(path);
}

/// The user that runs the servers. PostgreSQL refuses to run as root; any other user runs them directly.
fn server_user() -> Option<&'static (u32, u32)> {
    static USER: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    let number = |args: &[&str]| text(Command::new("id").args(args)).parse().expect("id prints numbers");
    USER.get_or_init(|| {
        if number(&["-u"]) != 0 {
            return None;
        }
        let user = std::env::var("ERYXON_RUN_AS").unwrap_or_else(|_| "postgres".to_owned());
        Some((number(&["-u", &user]), number(&["-g", &user])))
    })
    .as_ref()
}

fn server_binaries() -> PathBuf {
    std::env::var_os("ERYXON_PG_BIN")
        .map_or_else(|| text(Command::new("pg_config").arg("--bindir")).into(), PathBuf::from)
}

fn configuration(dir: &Path, port: u16, more: &[(&str, &str)]) -> String {
    let socket_dir = dir.display().to_string();
    let port = port.to_string();
    let usual = [
        ("port", port.as_str()),
        ("unix_socket_directories", socket_dir.as_str()),
        ("listen_addresses", "127.0.0.1"),
        ("max_connections", "200"),
        // The machine will not lose power between two tests.
        ("fsync", "off"),
        ("log_statement", "all"),
        ("log_min_duration_statement", "0"),
        ("log_error_verbosity", "verbose"),
        ("log_line_prefix", "%m %p %u@%d "),
    ];
    usual.iter().chain(more).fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name} = '{value}'");
        text
    })
}
