//! How many tenants at a time, and how many of them may fail.

use std::str::FromStr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Options of the commands that change tenants.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Tenants")]
pub(in crate::cli) struct FanOutArguments {
    /// Work on so many tenants at a time
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: u16,
    /// Work on no more than so many tenants of one server at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    per_server: Option<u16>,
    /// Begin no further tenant once one has failed; without this all others are done
    #[arg(long, conflicts_with = "max_failures")]
    fail_fast: bool,
    /// Begin no further tenant once more than so many have failed, or so many of a hundred (`5%`)
    #[arg(long, value_name = "N|P%")]
    max_failures: Option<MostFailures>,
    /// Work only on the tenants that could not be brought on the last time
    #[arg(long)]
    pub(in crate::cli) retry_failed: bool,
    /// Go on with the next wave, where `waves` of the tenants want that approved
    #[arg(long, conflicts_with = "approve_all")]
    approve: bool,
    /// Go on with every wave
    #[arg(long)]
    approve_all: bool,
    /// Do all tenants at once, whatever `waves` say
    #[arg(long)]
    pub(super) no_waves: bool,
    /// Open a new connection after so many tenants
    #[arg(long, value_name = "N", default_value_t = 500, hide_short_help = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) recycle: u32,
}

impl FanOutArguments {
    pub(super) fn jobs(&self) -> usize {
        usize::from(self.jobs)
    }

    /// The same for all tenants at once.
    #[must_use]
    pub(in crate::cli) fn without_waves(self) -> Self {
        FanOutArguments { no_waves: true, ..self }
    }

    /// Which waves are approved of.
    pub(super) fn approved(&self) -> Approved {
        match (self.approve_all, self.approve) {
            (true, _) => Approved::All,
            (false, true) => Approved::Next,
            (false, false) => Approved::None,
        }
    }

    /// How many tenants of one server at a time; `None` for as many as there are jobs.
    pub(super) fn per_server(&self) -> Option<usize> {
        self.per_server.map(usize::from)
    }

    /// Whether it is said how many tenants may fail.
    pub(super) fn bears_failures(&self) -> bool {
        self.max_failures.is_some()
    }

    /// How many of `total` tenants may fail.
    pub(super) fn failures(&self, total: usize) -> Failures {
        let most = match (self.fail_fast, self.max_failures) {
            (true, _) => Some(0),
            (false, most) => most.map(|most| most.of(total)),
        };
        Failures { count: AtomicUsize::new(0), most }
    }
}

/// The waves that the command line approves of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Approved {
    None,
    Next,
    All,
}

/// The value of `--max-failures`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum MostFailures {
    Count(usize),
    Percent(usize),
}

impl MostFailures {
    /// How many of `total` that are.
    pub(in crate::cli) fn of(self, total: usize) -> usize {
        match self {
            MostFailures::Count(count) => count,
            MostFailures::Percent(percent) => total * percent / 100,
        }
    }
}

impl FromStr for MostFailures {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write a number, or a share from 0% to 100%";
        match text.strip_suffix('%') {
            None => text.parse().map(MostFailures::Count).map_err(|_| FORM),
            Some(percent) => match percent.parse() {
                Ok(percent) if percent <= 100 => Ok(MostFailures::Percent(percent)),
                _ => Err(FORM),
            },
        }
    }
}

/// How many have failed, and how many may. Workers count their own before they go on.
#[derive(Debug)]
pub(super) struct Failures {
    count: AtomicUsize,
    most: Option<usize>,
}

impl Failures {
    pub(super) fn add(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether no further tenant is to be begun.
    pub(super) fn is_enough(&self) -> bool {
        self.most.is_some_and(|most| self.count.load(Ordering::Relaxed) > most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_one_of_all() {
        assert_eq!("5".parse(), Ok(MostFailures::Count(5)));
        assert_eq!("5%".parse::<MostFailures>().unwrap().of(40), 2);
        assert_eq!("0%".parse::<MostFailures>().unwrap().of(40), 0);
        for text in ["", "%", "101%", "-1", "x"] {
            assert!(text.parse::<MostFailures>().is_err(), "{text}");
        }
    }
}
