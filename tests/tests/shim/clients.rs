//! Real MCP clients: the Python and TypeScript SDKs, in the versions pinned in `shim/tests/clients`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use eryxon_mcp_tests::cluster::text;
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::{Database, shim};

type Environment = [(String, String)];

/// Both clients list the tools, call `fetch_jobs` and `start_job`, and are refused with an invalid key.
pub fn both_work(environment: &Environment) {
    python_works(environment);
    node_works(environment);
}

fn python_works(environment: &Environment) {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    let python = PYTHON.get_or_init(install_python);
    let said = run(Command::new(python).arg(sources().join("python_client.py")).arg(shim::path()), environment);
    assert!(said.contains("2025-11-25") && said.contains("2026-07-28"), "both modes ran: {said}");
}

fn node_works(environment: &Environment) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(install_node);
    let said = run(Command::new("node").arg("node_client.mjs").arg(shim::path()).current_dir(folder), environment);
    assert!(said.contains("started"), "{said}");
}

#[tokio::test]
async fn the_python_sdk_lists_and_calls_with_and_without_handshake() {
    let db = Database::fresh();
    python_works(&shim::environment(&db, &db.key("A")));
    assert_eq!(started_jobs(&db), 2);
}

#[tokio::test]
async fn the_typescript_sdk_lists_and_calls() {
    let db = Database::fresh();
    node_works(&shim::environment(&db, &db.key("A")));
    assert_eq!(started_jobs(&db), 1);
}

fn started_jobs(db: &Database) -> i64 {
    db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE tool_name = 'start_job' AND success AND {OWN}"))
}

fn run(client: &mut Command, environment: &Environment) -> String {
    let output = client.envs(environment.iter().cloned()).output().expect("the client starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{client:?}: {}\n{said}", output.status);
    said
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shim/tests/clients")
}

/// A virtual environment in the target directory. It is recreated when the requirements change.
fn install_python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-client");
    let requirements = sources().join("requirements.txt");
    let python = folder.join("bin/python");
    once(&folder, &requirements, || {
        need("python3", "apt-get install python3 python3-venv");
        text(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        text(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
                .arg(&requirements),
        );
    });
    python
}

/// `node_modules` in the target directory; the client is copied there, because Node looks for modules next to the program.
fn install_node() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node-client");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    for file in ["package.json", "node_client.mjs"] {
        std::fs::copy(sources().join(file), folder.join(file)).expect("the client can be copied");
    }
    once(&folder, &sources().join("package.json"), || {
        need("npm", "apt-get install nodejs npm");
        text(
            Command::new("npm")
                .args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"])
                .current_dir(&folder),
        );
    });
    folder
}

/// Installs the requirements, unless the directory records that exactly these are installed.
fn once(folder: &Path, requirements: &Path, install: impl FnOnce()) {
    let wanted = std::fs::read_to_string(requirements).expect("the requirements can be read");
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return;
    }
    install();
    std::fs::write(stamp, wanted).expect("the folder can be written");
}

/// Fails if a program is missing: a skipped test would look like one that passed.
fn need(program: &str, command: &str) {
    assert!(Command::new(program).arg("--version").output().is_ok(), "{program} is missing; run: {command}");
}
