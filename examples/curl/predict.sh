#!/usr/bin/env bash
# Asks a model with curl, and downloads it in every form.
#   YARD=http://127.0.0.1:3000 TOKEN=… MODEL=… ./predict.sh '{"age": 39, "workclass": "Private"}'
set -euo pipefail
auth="Authorization: Bearer $TOKEN"

curl -sS --fail-with-body "$YARD/models/$MODEL/predict" -H "$auth" -H 'Content-Type: application/json' \
  -d "{\"rows\": [$1]}"
echo

for form in bundle onnx scorer.mjs; do
  # A model without an ONNX form answers 404 and says why.
  curl -sS --fail-with-body -OJ "$YARD/models/$MODEL/$form" -H "$auth" || true
done
