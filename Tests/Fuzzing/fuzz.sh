#!/bin/bash
# Fuzzes one target after the other and prints what came of it: fuzz.sh SECONDS [TARGET...]
#
# What the fuzzer learns is kept in .build/corpus, so that a later run goes on from there. Inputs that fail are kept in
# .build/findings; FUZZ_TARGET=TARGET .build/address/release/latent-fuzz FILE runs one again.
set -u
cd "$(dirname "$0")"
seconds=$1
shift
targets=${*:-$(ls Seeds)}

# A crash would otherwise wait for a backtrace, and hash tables would differ from run to run.
export SWIFT_BACKTRACE=enable=no SWIFT_DETERMINISTIC_HASHING=1
export ASAN_OPTIONS=quarantine_size_mb=16 UBSAN_OPTIONS=print_stacktrace=1
TMPDIR=$(mktemp -d -p /dev/shm)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

mkdir -p .build/findings .build/logs
total=0
failed=0
printf '%-14s %12s %9s %9s %9s  %s\n' target executions coverage features corpus result
for target in $targets; do
  corpus=.build/corpus/$target
  log=.build/logs/$target
  mkdir -p "$corpus"
  folders=("$corpus")
  for folder in "Seeds/$target" "Regressions/$target" "../Fixtures/$target"; do
    if [ -d "$folder" ]; then folders+=("$folder"); fi
  done
  options=()
  if [ -f "Dictionaries/$target.dict" ]; then options+=("-dict=Dictionaries/$target.dict"); fi
  result=passed
  # An input of 16 KiB may take neither 5 seconds nor, in one piece, 512 MiB; instrumented code is some 10 times slower.
  FUZZ_TARGET=$target timeout $((seconds + 120)) .build/address/release/latent-fuzz "${folders[@]}" "${options[@]}" \
    -max_total_time="$seconds" -max_len=16384 -timeout=5 -malloc_limit_mb=512 -rss_limit_mb=1024 \
    -artifact_prefix=".build/findings/$target-" -print_final_stats=1 > "$log" 2>&1 || { result="failed, see $log"; failed=1; }
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  total=$((total + ${executions:-0}))
  read -r coverage features files < <(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) corp: \([0-9]*\).*/\1 \2 \3/p' "$log" | tail -1)
  printf '%-14s %12s %9s %9s %9s  %s\n' "$target" "${executions:-0}" "${coverage:-0}" "${features:-0}" "${files:-0}" "$result"
done
printf '%-14s %12s\n' total "$total"
exit $failed
