//! Names of levels in languages other than English.
//!
//! In: a word that stands where a level stands. Out: its [`Level`], if it is one in any of the languages below. The words are
//! those that the translations of the Java platform (`java.util.logging`), of PostgreSQL and of Windows' event log use, and
//! their forms without marks, which old consoles write.

use std::sync::LazyLock;

use super::lexicon::Lexicon;
use crate::entry::Level;

/// The longest name below, in bytes of UTF-8; longer words are looked at no further.
const LONGEST: usize = 40;

/// By language: what it is called, the level, the names in small letters.
const NAMES: [(&str, Level, &str); 98] = [
    ("Arabic", Level::Error, "خطأ"),
    ("Arabic", Level::Warn, "تحذير"),
    ("Arabic", Level::Info, "معلومات"),
    ("Arabic", Level::Fatal, "حرج"),
    ("Chinese", Level::Error, "错误 錯誤 严重 嚴重 失败 失敗"),
    ("Chinese", Level::Warn, "警告"),
    ("Chinese", Level::Info, "信息 資訊 日志 日誌 注意 提示 配置 組態"),
    ("Chinese", Level::Fatal, "致命 致命错误 致命錯誤 严重错误 嚴重錯誤 关键 紧急 緊急"),
    ("Chinese", Level::Debug, "调试 調試 除錯 偵錯"),
    ("Chinese", Level::Trace, "跟踪 追踪 追蹤 详细 詳細 较详细 較詳細 非常详细 最詳細"),
    ("Czech", Level::Error, "chyba"),
    ("Czech", Level::Warn, "varování varovani upozornění upozorneni"),
    ("Czech", Level::Info, "informace"),
    ("Czech", Level::Fatal, "kritická kriticka"),
    ("Danish, Norwegian", Level::Error, "fejl feil"),
    ("Danish, Norwegian", Level::Warn, "advarsel"),
    ("Danish, Norwegian, Swedish", Level::Fatal, "kritisk fatalt panik"),
    ("Dutch", Level::Error, "fout"),
    ("Dutch", Level::Warn, "waarschuwing"),
    ("Dutch", Level::Info, "informatie"),
    ("Dutch", Level::Fatal, "kritiek"),
    ("Finnish", Level::Error, "virhe"),
    ("Finnish", Level::Warn, "varoitus"),
    ("Finnish", Level::Fatal, "kriittinen"),
    ("French", Level::Error, "erreur grave"),
    ("French", Level::Warn, "avertissement attention"),
    ("French", Level::Info, "infos"),
    ("French", Level::Fatal, "critique fatale"),
    ("French", Level::Debug, "débogage debogage"),
    ("German", Level::Error, "fehler schwerwiegend"),
    ("German", Level::Warn, "warnung achtung"),
    ("German", Level::Info, "hinweis informationen konfiguration"),
    ("German", Level::Fatal, "kritisch"),
    ("German", Level::Trace, "ausführlich ausfuehrlich fein feiner"),
    ("Greek", Level::Error, "σφάλμα σφαλμα"),
    ("Greek", Level::Warn, "προειδοποίηση προειδοποιηση"),
    ("Greek", Level::Info, "πληροφορίες πληροφοριες"),
    ("Greek", Level::Fatal, "κρίσιμο κρισιμο"),
    ("Hebrew", Level::Error, "שגיאה"),
    ("Hebrew", Level::Warn, "אזהרה"),
    ("Hebrew", Level::Info, "מידע"),
    ("Hebrew", Level::Fatal, "קריטי"),
    ("Hindi", Level::Error, "त्रुटि"),
    ("Hindi", Level::Warn, "चेतावनी"),
    ("Hindi", Level::Info, "सूचना"),
    ("Hungarian", Level::Error, "hiba"),
    ("Hungarian", Level::Warn, "figyelmeztetés figyelmeztetes"),
    ("Hungarian", Level::Info, "információ informacio"),
    ("Hungarian", Level::Fatal, "kritikus"),
    ("Indonesian", Level::Error, "kesalahan"),
    ("Indonesian", Level::Warn, "peringatan"),
    ("Indonesian", Level::Info, "informasi"),
    ("Italian", Level::Error, "errore grave"),
    ("Italian", Level::Warn, "avviso avvertenza attenzione"),
    ("Italian", Level::Info, "informazione informazioni notifica"),
    ("Italian", Level::Fatal, "critico"),
    ("Japanese", Level::Error, "エラー 重大 異常"),
    ("Japanese", Level::Warn, "警告"),
    ("Japanese", Level::Info, "情報 構成 通知"),
    ("Japanese", Level::Fatal, "致命的 致命的エラー 緊急 クリティカル"),
    ("Japanese", Level::Debug, "デバッグ"),
    ("Japanese", Level::Trace, "トレース"),
    ("Korean", Level::Error, "오류 에러 심각"),
    ("Korean", Level::Warn, "경고"),
    ("Korean", Level::Info, "정보 로그 알림"),
    ("Korean", Level::Fatal, "치명적 치명적오류 위험"),
    ("Korean", Level::Debug, "디버그"),
    ("Polish", Level::Error, "błąd blad"),
    ("Polish", Level::Warn, "ostrzeżenie ostrzezenie uwaga"),
    ("Polish", Level::Info, "informacja informacje"),
    ("Polish", Level::Fatal, "krytyczny krytyczne"),
    ("Portuguese", Level::Error, "erro grave"),
    ("Portuguese", Level::Warn, "aviso advertência atenção atencao"),
    ("Portuguese", Level::Info, "informação informações informacao informacoes"),
    ("Portuguese", Level::Debug, "depuração depuracao"),
    ("Romanian", Level::Error, "eroare"),
    ("Romanian", Level::Warn, "avertisment"),
    ("Romanian", Level::Info, "informații informatii"),
    ("Russian", Level::Error, "ошибка сбой"),
    ("Russian", Level::Warn, "предупреждение предупр внимание"),
    ("Russian", Level::Info, "информация инфо сведения сообщение замечание уведомление"),
    ("Russian", Level::Fatal, "критическая критический критично фатальная фатально важно паника"),
    ("Russian", Level::Debug, "отладка"),
    ("Russian", Level::Trace, "трассировка подробно"),
    ("Spanish", Level::Error, "grave"),
    ("Spanish", Level::Warn, "advertencia aviso"),
    ("Spanish", Level::Info, "información informacion configuración configuracion"),
    ("Spanish, Portuguese", Level::Fatal, "crítico"),
    ("Spanish", Level::Debug, "depuración depuracion"),
    ("Swedish", Level::Error, "fel allvarlig"),
    ("Swedish", Level::Warn, "varning"),
    ("Thai", Level::Error, "ข้อผิดพลาด"),
    ("Thai", Level::Warn, "คำเตือน"),
    ("Turkish", Level::Error, "hata"),
    ("Turkish", Level::Warn, "uyarı uyari"),
    ("Turkish", Level::Info, "bilgi"),
    ("Ukrainian", Level::Error, "помилка"),
    ("Ukrainian", Level::Warn, "попередження"),
];

/// What the names mean; made once, and kept as long as the program runs.
static TABLE: LazyLock<Lexicon<Level>> = LazyLock::new(|| {
    let of_row = |&(_, level, names): &(&str, Level, &'static str)| {
        names.split(' ').map(move |name| (name, level)).collect::<Vec<_>>()
    };
    let mut names: Vec<(&str, Level)> = NAMES.iter().flat_map(of_row).collect();
    names.sort_by_key(|(name, _)| Lexicon::<Level>::order(name.as_bytes()));
    Lexicon::new(names.leak())
});

/// The level that `word` names, in any letter case.
#[inline]
pub(super) fn word(word: &[u8]) -> Option<Level> {
    if word.is_ascii() { TABLE.get(word) } else { of_any_script(word) }
}

fn of_any_script(word: &[u8]) -> Option<Level> {
    if word.len() > LONGEST {
        return None;
    }
    // Small letters may be a byte longer than great ones.
    let mut buffer = [0u8; LONGEST + 8];
    let mut length = 0;
    for small in std::str::from_utf8(word).ok()?.chars().flat_map(char::to_lowercase) {
        if length + small.len_utf8() > buffer.len() {
            return None;
        }
        length += small.encode_utf8(&mut buffer[length..]).len();
    }
    TABLE.get(&buffer[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_never_in_part() {
        assert_eq!(word("ОШИБКА".as_bytes()), Some(Level::Error));
        assert_eq!(word("Предупреждение".as_bytes()), Some(Level::Warn));
        assert_eq!(word("警告".as_bytes()), Some(Level::Warn));
        assert_eq!(word(b"Fehler"), Some(Level::Error));
        assert_eq!(word("INFORMAÇÕES".as_bytes()), Some(Level::Info));
        for other in ["ошибками", "Fehlerfrei", "fe", "警", "", "error"] {
            assert_eq!(word(other.as_bytes()), None, "{other}");
        }
        assert_eq!(word("ж".repeat(40).as_bytes()), None);
    }

    #[test]
    fn names_are_in_small_letters_not_too_long_and_languages_that_share_one_agree_on_its_level() {
        let names: Vec<(&str, Level)> =
            NAMES.iter().flat_map(|row| row.2.split(' ').map(|name| (name, row.1))).collect();
        for (name, level) in &names {
            assert_eq!(*name, name.to_lowercase());
            assert!(name.len() <= LONGEST, "{name}: {}", name.len());
            assert_eq!(word(name.as_bytes()), Some(*level), "{name}");
        }
    }
}
