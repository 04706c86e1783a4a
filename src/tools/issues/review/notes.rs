//! The resolution notes of an issue: paragraphs, of which two kinds have a mark. The table has no columns for what they say.
//!
//! `[reopened] why` ends what an earlier review said: it stays, but no longer counts. `[verification] what` is the verification note.

const REOPENED: &str = "[reopened] ";
const VERIFICATION: &str = "[verification] ";
const GAP: &str = "\n\n";

/// The notes up to the last reopening, and what was written since.
fn split(notes: &str) -> (&str, &str) {
    let marks = notes.match_indices(REOPENED).map(|(place, _)| place);
    let last = marks.filter(|place| *place == 0 || notes[..*place].ends_with(GAP)).last();
    let end = last.map_or(0, |place| notes[place..].find(GAP).map_or(notes.len(), |length| place + length));
    let (earlier, present) = notes.split_at(end);
    (earlier, present.trim_start_matches('\n'))
}

fn join(parts: &[&str]) -> Option<String> {
    let parts: Vec<_> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(GAP))
}

/// Whether the present review has words of its own.
pub(in crate::tools::issues) fn has_findings(notes: &str) -> bool {
    split(notes).1.split(GAP).any(|paragraph| !paragraph.trim().is_empty() && !paragraph.starts_with(VERIFICATION))
}

/// Whether the present review was verified.
pub(in crate::tools::issues) fn is_verified(notes: &str) -> bool {
    split(notes).1.split(GAP).any(|paragraph| paragraph.starts_with(VERIFICATION))
}

/// The notes with other words for the present review. Who read the notes before may send them back as a whole.
pub(in crate::tools::issues) fn replaced(notes: &str, words: Option<&str>) -> Option<String> {
    let (earlier, _) = split(notes);
    let words = words.unwrap_or_default();
    join(&[earlier, words.strip_prefix(earlier).unwrap_or(words).trim_start_matches('\n')])
}

/// The notes with a verification note, once.
pub(in crate::tools::issues) fn verified(notes: &str, note: &str) -> Option<String> {
    let paragraph = format!("{VERIFICATION}{note}");
    if split(notes).1.split(GAP).any(|present| present == paragraph) {
        return Some(notes.to_owned());
    }
    join(&[notes, &paragraph])
}

/// The notes with a reopening.
pub(in crate::tools::issues) fn reopened(notes: &str, reason: &str) -> Option<String> {
    join(&[notes, &format!("{REOPENED}{reason}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_before_the_last_reopening_stays_and_does_not_count() {
        let first = verified("Sorted", "Ten measured").expect("notes");
        assert!(has_findings(&first) && is_verified(&first));
        let again = reopened(&first, "Customer complained").expect("notes");
        assert_eq!(again, "Sorted\n\n[verification] Ten measured\n\n[reopened] Customer complained");
        assert!(!has_findings(&again) && !is_verified(&again));
        let second = replaced(&again, Some("Made again")).expect("notes");
        assert!(has_findings(&second) && !is_verified(&second));
        assert_eq!(replaced(&second, Some("Made new")), Some(format!("{again}\n\nMade new")));
        assert_eq!(replaced(&second, Some(&second)), Some(second.clone()));
        assert_eq!(replaced(&second, None), Some(again));
        assert_eq!(split(&second).1, "Made again");
    }

    #[test]
    fn a_verification_note_is_kept_once_and_is_no_finding() {
        let notes = verified("", "Ten measured").expect("notes");
        assert_eq!(verified(&notes, "Ten measured"), Some(notes.clone()));
        assert!(is_verified(&notes) && !has_findings(&notes));
        assert_eq!(replaced("", None), None);
    }

    #[test]
    fn a_mark_inside_a_paragraph_is_none() {
        let notes = "Somebody wrote [reopened] and\n[verification] into it";
        assert_eq!(split(notes), ("", notes));
        assert!(!is_verified(notes));
    }
}
