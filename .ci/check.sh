#!/usr/bin/env bash
# Everything that must hold before a change lands: `npm run check` and CI run this same file.
# Each check counts as one; the tests count one by one. The last line is 'N passed, N failed'.
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0

# check NAME COMMAND... — runs a check quietly; shows its output only when it fails.
check() {
  local name=$1
  shift
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    tail -n 80 "$log"
  fi
  rm -f "$log"
}

# The pages that come from tables are committed; making them again must change nothing.
generated_pages_are_current() {
  npm run --silent generate && git diff --exit-code -- docs
}

# So are the kernels that are compiled to WebAssembly.
generated_kernels_are_current() {
  npm run --silent generate:wasm && git diff --exit-code -- src/learn/wasm src/datasets/ingest/wasm
}

# The README's test command, with its figures as JSON beside the ordinary output.
run_tests() {
  local report figures
  report=$(mktemp)
  npm test -- --reporter=default --reporter=json --outputFile.json="$report"
  local status=$?
  figures=$(node -e '
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    // A file that could not be loaded has no tests of its own: it counts as one failure.
    const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
    console.log(numPassedTests, numFailedTests + broken);
  ' "$report" 2>/dev/null) || figures="0 1"
  rm -f "$report"
  read -r tests_passed tests_failed <<<"$figures"
  # A run that failed outside of any test (a set-up, an unhandled error) is a failure too.
  if [ "$status" -ne 0 ] && [ "$tests_failed" -eq 0 ]; then tests_failed=1; fi
  passed=$((passed + tests_passed))
  failed=$((failed + tests_failed))
}

# One test opens a page in a real browser.
browser_is_installed() {
  [ -n "${CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] || [ -x /usr/bin/chromium-browser ] || [ -x /usr/bin/google-chrome ] && return
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium
}

if [ "${1:-}" = "--install" ]; then
  check "npm ci" npm ci
  check "browser" browser_is_installed
  export REQUIRE_BROWSER=1
fi
check "lint and format" npx --no-install biome ci .
check "API contracts" npx --no-install redocly lint openapi.yaml data-server.openapi.yaml
check "types" npm run --silent typecheck
check "generated pages" generated_pages_are_current
check "generated kernels" generated_kernels_are_current
run_tests
# What was built for the tests is asked with clients from the Python package index, where there is one.
clients_log=$(mktemp)
node test/clients/run.mjs >"$clients_log" 2>&1
case $? in
  0) check "real clients" true ;;
  77) echo "skipped real clients: $(tail -n 1 "$clients_log")" ;;
  *) check "real clients" sh -c 'cat "$1"; exit 1' sh "$clients_log" ;;
esac
rm -f "$clients_log"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
