//! Files of the program, at the places of the XDG base directories.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::failure::Failure;

/// The settings file, such as `~/.config/fcctl/config.toml`.
pub(crate) fn settings_file() -> Result<PathBuf, Failure> {
    Ok(base()?.config_dir().join("fcctl").join("config.toml"))
}

/// A folder for positions, such as `~/.local/state/fcctl`.
pub(crate) fn state_folder() -> Result<PathBuf, Failure> {
    let base = base()?;
    Ok(base.state_dir().unwrap_or_else(|| base.data_dir()).join("fcctl"))
}

fn base() -> Result<impl etcetera::BaseStrategy, Failure> {
    etcetera::choose_base_strategy()
        .map_err(|_| Failure::usage("there is no home directory").next("set HOME, or XDG_CONFIG_HOME"))
}

/// Replaces a file, which only its owner can read, at once: after a crash it has the old text or the new one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::file("write", path, &error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    // A temporary file has mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    // The new name is on disk too, where a folder can be synced.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// The text of a file, if there is one.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("read", path, &error)),
    }
}
