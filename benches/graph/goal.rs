//! What is printed: a figure beside its bound, and whether it is met. A missed goal is said, it does not fail the bench.

use std::time::Duration;

use crate::command::Cost;
use crate::parse::Parse;

/// What is so short that start and end of a process decide it.
const SHORT: Duration = Duration::from_millis(50);

/// How much a run may cost.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// No goal of its own: the figure is shown.
    None,
    /// So long.
    Time(Duration),
    /// So many times as long as parsing, or 50 ms.
    Parse(f64),
}

impl Bound {
    fn text(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Time(most) => format!("goal {}", seconds(most)),
            Self::Parse(times) => format!("goal {times:.1} x"),
        }
    }

    fn allows(self, wall: Duration, parse: &Parse) -> bool {
        match self {
            Self::None => true,
            Self::Time(most) => wall <= most,
            Self::Parse(times) => wall <= SHORT || ratio(wall, parse.wall) <= times,
        }
    }
}

/// Lines that were printed with a goal, and those that missed it.
#[derive(Default)]
pub(crate) struct Goals {
    all: usize,
    missed: usize,
}

impl Goals {
    /// The cost of a run.
    pub(crate) fn run(&mut self, what: &str, cost: &Cost, parse: &Parse, bound: Bound) {
        let figure = match cost {
            Ok(run) => {
                let times = ratio(run.wall, parse.wall);
                format!("{:>8} {times:>8.1} x the {:>8} of parsing", seconds(run.wall), seconds(parse.wall))
            }
            Err(why) => format!("{why}; parsing takes {}", seconds(parse.wall)),
        };
        match (bound, cost) {
            (Bound::None, Ok(_)) => Self::line(what, &figure, "", ""),
            (_, cost) => {
                let met = cost.as_ref().is_ok_and(|run| bound.allows(run.wall, parse));
                self.judged(what, &figure, &bound.text(), met);
            }
        }
    }

    /// The peak memory of a run.
    pub(crate) fn memory(&mut self, what: &str, cost: &Cost, most: Option<u64>) {
        let peak = cost.as_ref().ok().and_then(|run| run.peak);
        let figure = peak.map_or_else(|| "unknown".to_owned(), mebibytes);
        match most {
            Some(most) => {
                self.judged(what, &figure, &format!("goal {}", mebibytes(most)), peak.is_some_and(|peak| peak <= most));
            }
            None => Self::line(what, &figure, "", ""),
        }
    }

    /// Any figure that is met or not.
    pub(crate) fn judged(&mut self, what: &str, figure: &str, goal: &str, met: bool) {
        self.all += 1;
        self.missed += usize::from(!met);
        Self::line(what, figure, goal, if met { "met" } else { "MISSED" });
    }

    /// How much longer a run takes that has more to do. One that was stopped has missed it.
    pub(crate) fn growth(&mut self, what: &str, small: &Cost, large: &Cost, most: f64) {
        let (figure, met) = match (small, large) {
            (Ok(small), Ok(large)) => {
                let times = ratio(large.wall, small.wall);
                (format!("{times:.2} times as long"), large.wall <= SHORT || times <= most)
            }
            (Ok(small), Err(why)) => (format!("{}, then {why}", seconds(small.wall)), false),
            (Err(why), _) => (format!("the smaller one {why}"), false),
        };
        self.judged(what, &figure, &format!("goal {most:.2} x"), met);
    }

    /// How much more memory a run takes that has more to do.
    pub(crate) fn memory_growth(&mut self, what: &str, small: &Cost, large: &Cost, most: f64) {
        let peak = |cost: &Cost| cost.as_ref().ok().and_then(|run| run.peak);
        let times = peak(small).zip(peak(large)).map(|(small, large)| large as f64 / small as f64);
        let figure = times.map_or_else(|| "unknown".to_owned(), |times| format!("{times:.2} times as much"));
        self.judged(what, &figure, &format!("goal {most:.2} x"), times.is_some_and(|times| times <= most));
    }

    fn line(what: &str, figure: &str, goal: &str, verdict: &str) {
        println!("{what:<56} {figure:<46} {goal:<14} {verdict}");
    }

    /// The last line.
    pub(crate) fn sum(&self) {
        println!("{} of {} goals met, {} MISSED", self.all - self.missed, self.all, self.missed);
    }
}

/// How many times as long.
pub(crate) fn ratio(long: Duration, short: Duration) -> f64 {
    long.as_secs_f64() / short.as_secs_f64()
}

pub(crate) fn seconds(time: Duration) -> String {
    match time.as_millis() {
        0..100 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        100..10_000 => format!("{:.2} s", time.as_secs_f64()),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
