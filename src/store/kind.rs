//! What a file can hold, what it is called, and which version of its content this release writes.

use std::fmt;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The TF-IDF vectorizer.
    Vectorizer,
    /// The Isolation Forest with its threshold.
    AnomalyModel,
    /// The DBSCAN patterns.
    PatternModel,
    /// The word2vec embedding.
    Word2Vec,
    /// What training keeps: the one file that cannot be made again from another.
    State,
    /// Training acknowledged since the state was last written.
    Journal,
    /// What training keeps of some lines, outside of any model: to be merged.
    Partial,
}

impl Kind {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 7] = [
        Self::Vectorizer,
        Self::AnomalyModel,
        Self::PatternModel,
        Self::Word2Vec,
        Self::State,
        Self::Journal,
        Self::Partial,
    ];

    /// The kinds that a model's folder holds, in the order of their codes.
    pub const OF_A_MODEL: [Self; 6] = [
        Self::Vectorizer,
        Self::AnomalyModel,
        Self::PatternModel,
        Self::Word2Vec,
        Self::State,
        Self::Journal,
    ];

    /// The number that stands for it in a file.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Vectorizer => 1,
            Self::AnomalyModel => 2,
            Self::PatternModel => 3,
            Self::Word2Vec => 4,
            Self::State => 5,
            Self::Journal => 6,
            Self::Partial => 7,
        }
    }

    /// The version of its content that this release writes.
    #[must_use]
    pub const fn version(self) -> u32 {
        match self {
            Self::Vectorizer | Self::Word2Vec => 1,
            Self::AnomalyModel => 2,
            Self::PatternModel | Self::Partial => 3,
            Self::State | Self::Journal => 5,
        }
    }

    /// The oldest version that this release reads. What can be made again from the state is not read in older versions,
    /// but for the events, whose ids live on.
    #[must_use]
    pub const fn oldest_version(self) -> u32 {
        match self {
            Self::State | Self::Journal | Self::PatternModel => 1,
            _ => self.version(),
        }
    }

    /// Its file name inside the folder of a model; a partial state is in none, and any name with this ending will do.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Vectorizer => "vectorizer.bin",
            Self::AnomalyModel => "anomaly_model.bin",
            Self::PatternModel => "pattern_model.bin",
            Self::Word2Vec => "word2vec_model.bin",
            Self::State => "state.bin",
            Self::Journal => "state.journal",
            Self::Partial => "partial.oddstate",
        }
    }

    /// The kind that a code stands for; `None` for a code of a later release, or of no release.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vectorizer => "vectorizer",
            Self::AnomalyModel => "anomaly model",
            Self::PatternModel => "pattern model",
            Self::Word2Vec => "word2vec model",
            Self::State => "training state",
            Self::Journal => "training journal",
            Self::Partial => "partial state",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_code_leads_back_to_its_kind() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(Kind::from_code(0), None);
        assert_eq!(Kind::from_code(8), None);
    }
}
