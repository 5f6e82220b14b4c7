# Each fuzz target for 20 seconds; its executions go to the summary.
step "fuzz" .ci/fuzz 20
while read -r line; do
  note "$line"
done < <(grep -E ' executions' "$logs/fuzz.log")
