//! The options of `verify`, `export` and `hide`.

use clap::Args;

use super::Json;

#[derive(Debug, Clone, Args)]
pub struct VerifyArguments {
    #[command(flatten)]
    pub output: Json,
}
