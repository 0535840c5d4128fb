//! How long an answer takes.
//!
//! Owns: the distribution around the median. Its random numbers are a sequence of their own: faults do not depend on
//! them.

use std::time::Duration;

use super::random::Random;

/// How latencies vary around [`latency`](crate::emulator::EmulatorOptions::latency).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Spread {
    /// Not at all.
    #[default]
    None,
    /// Up to this much more, uniformly distributed.
    Upto(Duration),
    /// Log-normal around it, with this standard deviation of the logarithm: 0.5 makes one in a hundred 3.2 times as
    /// long, as in busy services. Never more than fifty times.
    LogNormal(f64),
}

impl Spread {
    /// The latency of the `nth` answer.
    pub(crate) fn draw(self, middle: Duration, nth: u64) -> Duration {
        let mut random = Random(nth);
        match self {
            Self::None => middle,
            Self::Upto(most) => middle + most.mul_f64(random.share()),
            Self::LogNormal(deviation) => {
                // the sum of twelve uniform numbers is close enough to normal
                let normal = (0..12).map(|_| random.share()).sum::<f64>() - 6.0;
                middle.mul_f64((deviation * normal).exp().min(50.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(spread: Spread) -> Vec<Duration> {
        let mut drawn: Vec<_> = (0..10_000).map(|nth| spread.draw(Duration::from_millis(100), nth * 7919)).collect();
        drawn.sort();
        drawn
    }

    #[test]
    fn latencies_lie_where_the_spread_says() {
        let ms = Duration::from_millis;
        assert!(sorted(Spread::None).iter().all(|latency| *latency == ms(100)));
        let even = sorted(Spread::Upto(ms(50)));
        assert!(even[0] >= ms(100) && even[0] < ms(101) && even[9_999] < ms(150) && even[9_999] > ms(149));
        let tailed = sorted(Spread::LogNormal(0.5));
        assert!(tailed[5_000] > ms(96) && tailed[5_000] < ms(104), "{:?}", tailed[5_000]);
        assert!(tailed[9_900] > ms(290) && tailed[9_900] < ms(350), "{:?}", tailed[9_900]);
        assert_eq!(tailed, sorted(Spread::LogNormal(0.5)), "the same draws again");
    }
}
