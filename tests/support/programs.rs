//! Programs that `./test` puts on the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Python with the pinned Alembic and SQLAlchemy.
pub(crate) fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let python = target.join("test-env/venv/bin/python");
    assert!(
        python.exists(),
        "there is no Python with Alembic at {}: run ./test, which makes one",
        python.display()
    );
    python
}

/// What real Alembic does with random graphs: one line of JSON a graph (`tests/differential/README.md`).
pub(crate) fn oracle(seed: u64, count: usize) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/oracle.py");
    let output = Command::new(python())
        .arg(script)
        .args(["--seed", &seed.to_string(), "--count", &count.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "oracle.py: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
