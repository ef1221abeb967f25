//! A build of before speaks version 1 of the protocol, and `ab` compares with it.

use std::process::Command;
use std::time::Duration;

use bakeoff::lab::harness::{Runner, Terms};
use bakeoff::protocol::{Prepare, Sample};
use bakeoff::workload::schedule::{Due, DueKind};

/// It knows version 1 alone, and says so of what is not written so.
const OLDER: &str = r#"
read -r line
case $line in *'"protocol":2'*) ;; *) exit 1;; esac
echo '{"error":{"message":"protocol version 2 was asked for; this runner speaks version 1","usage":true}}'
read -r line
case $line in *'"protocol":1'*) ;; *) exit 2;; esac
echo '{"ready":{"protocol":1,"versions":{},"shape":"per-unit","threads":1,"processes":1,"in_flight":1,"cpus":[],"descriptors":18446744073709551615,"memory_bytes":1,"startup_ns":1,"overhead_ns":1.0,"clock_step_ns":1,"ns_per_iteration":1.0}}'
while read -r line; do
  case $line in
  *'"stop"'*) echo '{"stopped":{"shutdown_ns":1}}'; exit 0;;
  *observe*) exit 3;;
  *'"seed":7'*'"seed":18446744073709551615'*) ;;
  *) exit 4;;
  esac
  echo '{"sample":{"sample":1,"orders":2,"wall_ns":5,"service":{"mean_ns":1.0,"max_ns":1,"hdr":""},"cpu_user_ns":3,"cpu_sys_ns":4,"answer":"0"}}'
done
"#;

#[test]
fn an_older_build_is_spoken_to_in_its_version() {
    let prepare: Prepare = serde_json::from_str(
        r#"{"protocol":2,"workload":"nothing","scenario":"x","model":"m","client":"none","params":{},"workers":1}"#,
    )
    .unwrap();
    let start = |terms| {
        let mut program = Command::new("sh");
        program.args(["-c", OLDER]);
        Runner::start(program, &prepare, &terms)
    };
    let mut runner = start(Terms::default()).unwrap();
    assert_eq!(runner.ready().protocol, 1);
    let sample = Sample {
        sample: 1,
        orders: 2,
        seed: u64::MAX,
        due: Some(Due {
            kind: DueKind::Shared,
            rate: 5.0,
            seed: 7,
            burst: 1,
        }),
        observe: false,
    };
    let limit = Duration::from_secs(20);
    assert_eq!(runner.sample(&sample, limit).unwrap().cpu_ns(), Some(7));
    // It cannot be looked at from outside, and is measured all the same.
    let (measured, seen) = runner.observed(&sample, limit).unwrap();
    assert!(measured.wall_ns == 5 && seen.is_none());
    runner.stop().unwrap();
    let terms = Terms {
        foreign: true,
        ..Terms::default()
    };
    let error = start(terms).err().unwrap();
    assert!(error.to_string().contains("speaks version 1"), "{error}");
}
