//! Files that are replaced as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Writes a file beside `path`, waits until the disk has it, and renames it to `path`.
///
/// Whatever fails, and whenever the process ends, `path` holds what it held before or all of the new contents.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let (mut file, beside) = create_beside(path)?;
    write(&mut file)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside.path, path)?;
    beside.keep();
    sync_directory(path);
    Ok(())
}

/// A file that is removed on every way out but that on which it has got its name.
struct Beside {
    path: PathBuf,
    renamed: bool,
}

impl Beside {
    fn keep(mut self) {
        self.renamed = true;
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.renamed {
            // Nothing more can be done about a file that cannot be removed; the error on the way is reported.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Creates a file that was not there, in the same directory, because only there a rename is one operation.
fn create_beside(path: &Path) -> io::Result<(File, Beside)> {
    let name =
        path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the path names no file"))?;
    for k in 0_u64.. {
        let mut unique = name.to_owned();
        unique.push(format!(".{}-{k}.part", std::process::id()));
        let beside = path.with_file_name(unique);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((file, Beside { path: beside, renamed: false })),
            // Another thread is saving to the same path, or a process that died had this number.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Waits until the disk has the new name, where the system can be asked to.
///
/// That it cannot is no failure: under either name there is a whole file, and the new one is already seen.
fn sync_directory(path: &Path) {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if cfg!(unix) {
        drop(File::open(directory.unwrap_or(Path::new("."))).and_then(|directory| directory.sync_all()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ppl-atomic-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_write_that_fails_half_way_leaves_the_old_file_alone() {
        let directory = directory("half");
        let path = directory.join("state");
        replace(&path, |file| file.write_all(b"old")).unwrap();
        let failed = replace(&path, |file| {
            file.write_all(b"half of the n")?;
            // The old file is still whole while the new one is being written.
            assert_eq!(fs::read(&path)?, b"old");
            Err(io::Error::other("no space"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no space");
        assert_eq!(
            (fs::read(&path).unwrap(), names(&directory)),
            (b"old".to_vec(), vec!["state".to_owned()])
        );
        replace(&path, |file| file.write_all(b"new")).unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), names(&directory)),
            (b"new".to_vec(), vec!["state".to_owned()])
        );
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_panic_and_a_rename_that_fails_leave_nothing_behind() {
        let directory = directory("panic");
        let path = directory.join("state");
        let panicked = std::panic::catch_unwind(|| replace(&path, |_| panic!("in the middle")));
        assert!(panicked.is_err() && names(&directory).is_empty());
        fs::create_dir_all(path.join("not empty")).unwrap();
        assert!(replace(&path, |file| file.write_all(b"new")).is_err());
        assert_eq!(names(&directory), ["state"]);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_name_alone_is_a_file_of_the_present_directory() {
        let name = format!("ppl-atomic-name-{}", std::process::id());
        replace(Path::new(&name), |file| file.write_all(b"new")).unwrap();
        let found = fs::read(&name).unwrap();
        fs::remove_file(&name).unwrap();
        assert_eq!(found, b"new");
    }

    #[test]
    fn files_left_by_others_are_not_touched() {
        let directory = directory("left");
        let path = directory.join("state");
        let left = directory.join(format!("state.{}-0.part", std::process::id()));
        fs::write(&left, b"theirs").unwrap();
        replace(&path, |file| file.write_all(b"ours")).unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(&left).unwrap()),
            (b"ours".to_vec(), b"theirs".to_vec())
        );
        assert!(replace(&directory.join(".."), |_| Ok(())).is_err());
        fs::remove_dir_all(directory).unwrap();
    }
}
