//! A throw-away Postgres for tests, and pgbouncer before it.
//!
//! `FC_MIRROR_POSTGRES` names a server to use; without it, `initdb` and `postgres` of this machine make one that ends with the
//! test process, however that ends. Without either, tests on Postgres are skipped, unless `FC_MIRROR_REQUIRE_POSTGRES` is set.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

/// Postgres of this test process.
pub(crate) struct Cluster {
    /// URL up to the name of the database.
    base: String,
    psql: PathBuf,
    /// The same through pgbouncer.
    pooled: Option<String>,
    databases: AtomicU32,
    /// The cluster ends when the standard inputs of these end.
    _guards: Mutex<Vec<Child>>,
}

/// The cluster, or `None` after saying why there is none.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static CLUSTER: LazyLock<Option<Cluster>> = LazyLock::new(|| {
        let found = Cluster::start();
        if let Err(reason) = &found {
            assert!(
                std::env::var_os("FC_MIRROR_REQUIRE_POSTGRES").is_none(),
                "tests on Postgres must not be skipped: {reason}"
            );
            eprintln!("skipped on Postgres: {reason}");
        }
        found.ok()
    });
    CLUSTER.as_ref()
}

impl Cluster {
    fn start() -> Result<Self, String> {
        let bin = bin_folder()?;
        let psql = bin.join("psql");
        if let Ok(base) = std::env::var("FC_MIRROR_POSTGRES") {
            let base = base.trim_end_matches('/').to_owned();
            return Ok(Self {
                base,
                psql,
                pooled: None,
                databases: AtomicU32::new(0),
                _guards: Mutex::default(),
            });
        }
        let user = unprivileged();
        let folder = new_folder("pg", &user)?;
        init(&bin, &folder, &user)?;
        let mut guards = vec![serve(&bin, &folder, "-c listen_addresses=", &user, false)?];
        let base = base_of(&folder);
        wait_for(&psql, &format!("{base}/postgres"))?;
        let pooled = pgbouncer(&folder, &user, &psql, &mut guards)?;
        Ok(Self { base, psql, pooled, databases: AtomicU32::new(0), _guards: Mutex::new(guards) })
    }

    /// URL of a new, empty database.
    pub(crate) fn new_database(&self) -> String {
        format!("{}/{}", self.base, self.create())
    }

    /// URL of a new, empty database behind pgbouncer in transaction mode; `None` after saying that there is no pgbouncer.
    pub(crate) fn new_pooled_database(&self) -> Option<String> {
        let pooled = self.pooled.as_ref()?;
        Some(format!("{pooled}/{}", self.create()))
    }

    fn create(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("fc_mirror_{}_{number}", std::process::id());
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// Removes a database that a test of many cases is done with, because an empty one takes 8 MB.
    #[allow(dead_code, reason = "this file is part of two test programs")]
    pub(crate) fn drop_database(&self, url: &str) {
        let name = url.rsplit('/').next().expect("the name of the database");
        self.psql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"));
    }

    /// Runs SQL in a database of the cluster and returns what psql prints, unaligned.
    pub(crate) fn psql(&self, database: &str, sql: &str) -> String {
        let run = Command::new(&self.psql)
            .args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .arg(format!("{}/{database}", self.base))
            .output()
            .expect("psql runs");
        assert!(run.status.success(), "{sql}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8_lossy(&run.stdout).trim().to_owned()
    }
}

/// A Postgres of one test, which can be stopped and started.
#[allow(dead_code, reason = "this file is part of two test programs")]
pub(crate) struct OwnServer {
    bin: PathBuf,
    /// Holds the sockets, and the data in `data`.
    pub(crate) folder: PathBuf,
    user: User,
    settings: String,
    port: u16,
    running: Option<Child>,
}

#[allow(dead_code, reason = "this file is part of two test programs")]
impl OwnServer {
    /// A server that is not yet started; `None` where there is no Postgres. `settings` are arguments of `postgres`.
    pub(crate) fn new(name: &str, port: u16, settings: &str) -> Option<Self> {
        // It says why there is none, and fails where that is forbidden.
        shared()?;
        let bin = bin_folder().ok()?;
        let user = unprivileged();
        let folder = new_folder(name, &user).expect("a folder");
        init(&bin, &folder, &user).expect("a new database");
        Some(Self { bin, folder, user, settings: format!("-p {port} {settings}"), port, running: None })
    }

    /// Writes a file that only the server can read.
    pub(crate) fn write_private(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::write(&path, text).expect("a file");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&path, mode).expect("a mode");
        if let Some((uid, gid, _)) = &self.user {
            std::os::unix::fs::chown(&path, Some(*uid), Some(*gid)).expect("an owner");
        }
    }

    pub(crate) fn start(&mut self) {
        self.running =
            Some(serve(&self.bin, &self.folder, &self.settings, &self.user, true).expect("Postgres starts"));
        wait_for(&self.bin.join("psql"), &self.url()).expect("Postgres answers");
    }

    /// Stops it at once, as a crash does.
    pub(crate) fn stop(&mut self) {
        let stopped = command(&self.bin.join("pg_ctl"), &self.user)
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.folder.join("data"))
            .output()
            .expect("pg_ctl runs");
        assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
        self.end();
    }

    /// Waits until the server has ended, after a signal if it runs.
    fn end(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.stdin.take());
            let _ = running.wait();
        }
    }

    /// URL of its database, by its socket.
    pub(crate) fn url(&self) -> String {
        format!("{}:{}/postgres", base_of(&self.folder), self.port)
    }

    /// Runs SQL and returns what psql prints, unaligned.
    pub(crate) fn psql(&self, sql: &str) -> String {
        let run = Command::new(self.bin.join("psql"))
            .args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .arg(self.url())
            .output()
            .expect("psql runs");
        assert!(run.status.success(), "{sql}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8_lossy(&run.stdout).trim().to_owned()
    }
}

#[allow(dead_code, reason = "this file is part of two test programs")]
impl Drop for OwnServer {
    fn drop(&mut self) {
        self.end();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A folder of this process, which the servers can use.
fn new_folder(name: &str, user: &User) -> Result<PathBuf, String> {
    let folder = std::env::temp_dir().join(format!("fc-mirror-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    if let Some((uid, gid, _)) = user {
        std::os::unix::fs::chown(&folder, Some(*uid), Some(*gid)).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

fn init(bin: &Path, folder: &Path, user: &User) -> Result<(), String> {
    let made = command(&bin.join("initdb"), user)
        .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"])
        .arg(folder.join("data"))
        .output()
        .map_err(|error| error.to_string())?;
    if made.status.success() {
        return Ok(());
    }
    Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr)))
}

/// Starts Postgres in a folder.
fn serve(bin: &Path, folder: &Path, settings: &str, user: &User, stays: bool) -> Result<Child, String> {
    // Not flushed to disk: these tests kill workers, not the machine.
    let server = format!(
        "exec {} -D {} -k {} -c fsync=off -c max_connections=300 -c logging_collector=off {settings}",
        bin.join("postgres").display(),
        folder.join("data").display(),
        folder.display()
    );
    guarded(&server, "INT", folder, user, stays)
}

/// URL of a server in a folder, up to the name of the database.
fn base_of(folder: &Path) -> String {
    format!("postgres://postgres@{}", folder.display().to_string().replace('/', "%2F"))
}

/// pgbouncer in transaction mode; `None` if it is not installed.
fn pgbouncer(
    folder: &Path,
    user: &User,
    psql: &Path,
    guards: &mut Vec<Child>,
) -> Result<Option<String>, String> {
    let places = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
    let Some(binary) = places.into_iter().find(|place| Path::new(place).exists()) else {
        let reason = "pgbouncer is not installed";
        if std::env::var_os("FC_MIRROR_REQUIRE_POSTGRES").is_some() {
            return Err(reason.to_owned());
        }
        eprintln!("skipped behind pgbouncer: {reason}");
        return Ok(None);
    };
    let pool = folder.join("pool");
    fs::create_dir_all(&pool).map_err(|error| error.to_string())?;
    if let Some((uid, gid, _)) = user {
        std::os::unix::fs::chown(&pool, Some(*uid), Some(*gid)).map_err(|error| error.to_string())?;
    }
    let settings = pool.join("pgbouncer.ini");
    let text = format!(
        "[databases]\n* = host={} port=5432 user=postgres\n[pgbouncer]\npool_mode = transaction\nlisten_addr =\nlisten_port = 6432\n\
         unix_socket_dir = {}\nauth_type = any\nmax_client_conn = 500\ndefault_pool_size = 4\n\
         server_reset_query_always = 0\nserver_idle_timeout = 2\nadmin_users = postgres\n",
        folder.display(),
        pool.display()
    );
    fs::File::create(&settings)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| error.to_string())?;
    let server = format!("exec {binary} -q {}", settings.display());
    guards.push(guarded(&server, "INT", &pool, user, false)?);
    let base = format!("postgres://postgres@{}:6432", pool.display().to_string().replace('/', "%2F"));
    wait_for(psql, &format!("{base}/postgres"))?;
    Ok(Some(base))
}

/// Uid, gid and name of the user to run servers as, where this process is root, which they refuse.
type User = Option<(u32, u32, String)>;

fn unprivileged() -> User {
    let root = fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
    if !root {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?, name.to_owned()))
    })
}

fn command(program: &Path, user: &User) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid, _)) = user {
        std::os::unix::process::CommandExt::uid(&mut command, *uid);
        std::os::unix::process::CommandExt::gid(&mut command, *gid);
    }
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// A server that gets a signal when this process ends and closes the pipe. Its folder goes then, unless it stays.
fn guarded(server: &str, signal: &str, folder: &Path, user: &User, stays: bool) -> Result<Child, String> {
    let end = if stays { "true".to_owned() } else { format!("rm -rf {}", folder.display()) };
    let log = folder.join("log");
    let script = format!(
        "({server}) >{log} 2>&1 </dev/null & pid=$!; read _; kill -{signal} $pid; wait $pid; {end}",
        log = log.display(),
    );
    command(Path::new("/bin/sh"), user)
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())
}

fn wait_for(psql: &Path, url: &str) -> Result<(), String> {
    let start = Instant::now();
    loop {
        let tried = Command::new(psql)
            .args(["-X", "-c", "SELECT 1", url])
            .output()
            .map_err(|error| error.to_string())?;
        if tried.status.success() {
            return Ok(());
        }
        if start.elapsed() > Duration::from_secs(30) {
            return Err(format!("{url} does not answer: {}", String::from_utf8_lossy(&tried.stderr)));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Folder of the newest Postgres on this machine.
fn bin_folder() -> Result<PathBuf, String> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders
        .into_iter()
        .rev()
        .find(|folder| ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).exists()))
        .ok_or_else(|| "initdb, postgres and psql are not installed (Debian package `postgresql`)".to_owned())
}
