//! The order of the layers.

/// Modules of `core/src` of equal rank.
pub(super) struct Layer {
    pub(super) modules: &'static [&'static str],
    pub(super) may_import: Imports,
}

/// The layers that the modules of a layer may import.
#[derive(Clone, Copy)]
pub(super) enum Imports {
    /// Those before it.
    Above,
    /// Those before it, and other modules of its own.
    AboveAndEachOther,
    /// These modules only.
    Only(&'static [&'static str]),
}

/// The layers, lowest first. The map in CONTRIBUTING.md shows the same.
pub(super) const LAYERS: &[Layer] = &[
    Layer {
        modules: &["time", "entropy", "parse", "utf8", "log", "flash"],
        may_import: Imports::AboveAndEachOther,
    },
    Layer {
        modules: &["link", "message_id"],
        may_import: Imports::Only(&["time"]),
    },
    Layer {
        modules: &["buffer"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["storage"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["pace", "backoff", "keepalive", "url"],
        may_import: Imports::AboveAndEachOther,
    },
    Layer {
        modules: &["http"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["json"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["websocket"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["web_api"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["event"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["blocks"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["methods"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["rtm", "socket_mode"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["client"],
        may_import: Imports::Above,
    },
];

/// The folder that is documentation only.
pub(super) const DOCUMENTATION: &str = "guide";

pub(super) fn rank(module: &str) -> Option<usize> {
    LAYERS
        .iter()
        .position(|layer| layer.modules.contains(&module))
}

pub(super) fn may_import(from: &str, to: &str) -> bool {
    let (Some(rank_from), Some(rank_to)) = (rank(from), rank(to)) else {
        return false;
    };
    from == to
        || match LAYERS[rank_from].may_import {
            Imports::Above => rank_to < rank_from,
            Imports::AboveAndEachOther => rank_to <= rank_from,
            Imports::Only(modules) => modules.contains(&to),
        }
}
