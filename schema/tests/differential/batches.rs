//! Random batches.

use limbeck_schema::batch::Batch;

use crate::random::Random;

pub(crate) fn batch(_random: &mut Random) -> (Batch, String) {
    (Batch::default(), String::new())
}
