//! SQLSTATEs, also those of a host.

/// The five characters of a SQLSTATE, of which PostgreSQL packs each into six bits.
#[must_use]
pub fn unpacked(code: i32) -> String {
    (0..5)
        .filter_map(|place| u8::try_from((code >> (6 * place)) & 0x3F).ok())
        .map(|bits| char::from(bits + b'0'))
        .collect()
}

/// Whether an error with this SQLSTATE can be a rule of a host: success, warnings, lost races, want of memory, cancels and the like are not.
#[must_use]
pub fn may_be_a_rule(sqlstate: &str) -> bool {
    !["00", "01", "02", "40", "53", "54", "55", "57", "58", "XX"].iter().any(|class| sqlstate.starts_with(class))
}

/// Whether a SQLSTATE is of PL/pgSQL's class, that of a plain RAISE, or of one that the standard and PostgreSQL leave to others: those that
/// begin with a digit from 5 or a letter from I.
#[must_use]
pub fn is_a_hosts(sqlstate: &str) -> bool {
    let of_others = sqlstate.starts_with(|first: char| matches!(first, '5'..='9' | 'I'..='Z'));
    of_others && may_be_a_rule(sqlstate) && !sqlstate.starts_with("72")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_unpacked_as_postgresql_packs_it() {
        // MAKE_SQLSTATE('2','3','5','1','4') and ('P','T','4','0','1').
        let packed = |code: &str| code.bytes().rev().fold(0, |packed, byte| (packed << 6) + i32::from(byte - b'0'));
        for code in ["23514", "PT401", "00000", "P0001"] {
            assert_eq!(unpacked(packed(code)), code);
        }
    }

    #[test]
    fn classes_of_hosts_are_told_from_those_of_the_standard_and_of_postgresql() {
        for code in ["P0001", "PT401", "99999", "U0001", "5A000"] {
            assert!(is_a_hosts(code), "{code}");
        }
        for code in ["23514", "42501", "57014", "53200", "55P03", "XX000", "HV000", "72000", "22012"] {
            assert!(!is_a_hosts(code), "{code}");
        }
        assert!(may_be_a_rule("23514") && !may_be_a_rule("40001") && !may_be_a_rule("57014"));
    }
}
