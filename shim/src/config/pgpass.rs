//! The password file of libpq: `~/.pgpass`, or the one that `PGPASSFILE` names.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The password of the first line that fits.
pub fn lookup(passfile: Option<&str>, params: &BTreeMap<String, String>) -> Option<String> {
    let path = match passfile {
        Some(path) => PathBuf::from(path),
        None => std::env::home_dir()?.join(".pgpass"),
    };
    let text = std::fs::read_to_string(&path).ok()?;
    if !is_private(&path) {
        tracing::warn!(path = %path.display(), "the password file is ignored: others may read it (chmod 600)");
        return None;
    }
    let get = |name: &str| params.get(name).map(String::as_str);
    let host = match get("host").or(get("hostaddr")).unwrap_or("localhost") {
        // libpq looks for a connection over the default socket as "localhost".
        "/var/run/postgresql" | "/tmp" => "localhost",
        host => host,
    };
    let user = get("user").unwrap_or_default();
    find(&text, [host, get("port").unwrap_or("5432"), get("dbname").unwrap_or(user), user])
}

fn find(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = split(line);
        let (password, keys) = fields.split_last().filter(|(_, keys)| keys.len() == 4)?;
        keys.iter().zip(wanted).all(|(key, want)| key == "*" || key == want).then(|| password.clone())
    })
}

/// Splits at colons; a backslash takes the next character literally.
fn split(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, fields.len()) {
            ('\\', _) => fields.last_mut().into_iter().for_each(|f| f.extend(chars.next())),
            (':', 1..=4) => fields.push(String::new()),
            _ => fields.last_mut().into_iter().for_each(|f| f.push(c)),
        }
    }
    fields
}

fn is_private(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.mode() & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_wins() {
        let text = "# comment\nh:1:d:u:no\n*:5432:d:u:a\\:b\\\\c:d\n*:*:*:*:any\n";
        assert_eq!(find(text, ["h", "5432", "d", "u"]).unwrap(), "a:b\\c:d");
        assert_eq!(find(text, ["h", "5433", "d", "u"]).unwrap(), "any");
    }
}
