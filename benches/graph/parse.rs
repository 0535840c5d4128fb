//! The baseline: serde_json reading the same account files into `AccountFile` on the same threads. With that parser, no answer can
//! be faster.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use rolehop::snapshot::account::AccountFile;

/// More than this is read file by file while it is parsed, because no program would hold all of it in memory.
const IN_MEMORY: u64 = 512 << 20;

/// What there is to parse, and how long it takes.
#[derive(Clone, Copy)]
pub(crate) struct Parse {
    pub(crate) bytes: u64,
    pub(crate) roles: usize,
    pub(crate) wall: Duration,
}

impl Parse {
    /// The quickest of several rounds on so many threads, or on all cores.
    pub(crate) fn of(snapshot: &Path, threads: Option<usize>) -> Self {
        let paths = account_files(snapshot);
        let bytes = paths.iter().map(|path| fs::metadata(path).unwrap().len()).sum();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build().unwrap();
        let (rounds, texts) = if bytes <= IN_MEMORY {
            (7, paths.iter().map(|path| fs::read(path).unwrap()).collect())
        } else {
            (3, Vec::new())
        };
        let round = || {
            pool.install(|| match texts.as_slice() {
                [] => paths.par_iter().map(|path| roles(&fs::read(path).unwrap())).sum::<usize>(),
                texts => texts.par_iter().map(|text| roles(text)).sum(),
            })
        };
        let mut found = 0;
        let mut timed = || {
            let start = Instant::now();
            found = black_box(round());
            start.elapsed()
        };
        let wall = (0..rounds).map(|_| timed()).min().unwrap();
        Self { bytes, roles: found, wall }
    }
}

fn roles(text: &[u8]) -> usize {
    let file: AccountFile<'_> = serde_json::from_slice(text).unwrap();
    black_box(&file).role_detail_list.as_ref().map_or(0, Vec::len)
}

fn account_files(snapshot: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(snapshot.join("accounts")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
