# The policies of note.yaml in Rego, one rule for each.
package note

destroys contains effect if {
	some effect in input.effects
	effect.family == "destroy"
	not is_build_output(effect)
}

is_build_output(effect) if startswith(effect.path, "target/")

is_build_output(effect) if startswith(effect.path, "node_modules/")

deny contains {"rule": "secrets-stay-home-too", "msg": "A credential would leave this machine.", "fix": "Send a reference such as ${VAULT:name} instead of the value."} if {
	some finding in input.findings
	finding.class == "secret"
	input.to in {"network", "model.remote", "message", "memory"}
}

deny contains {"rule": "protect-release-branches-too", "msg": "Others build on this branch.", "fix": "Push a new branch and open a pull request."} if {
	some effect in input.effects
	effect.id == "git.push.force"
	regex.match(`^(main|master|release/[^/]*)$`, effect.branch)
}

hold contains {"rule": "ask-before-destroying-anything", "msg": "It cannot be undone."} if count(destroys) > 0

redact contains {"rule": "personal-data-stays-local", "msg": "It says who somebody is.", "finding": finding} if {
	some finding in input.findings
	finding.class == "pii"
	input.to == "model.remote"
}

deny contains {"rule": "run-budget", "msg": "The run has cost enough.", "fix": "Start a run of its own."} if {
	used := object.get(input, ["used", "run-budget"], 0)
	used + object.get(input, "cost", 0) > 5000000
}

deny contains {"rule": "checked-before-handover", "msg": "Nobody checked this code.", "fix": "Call validate_output with exactly this content first."} if {
	input.kind == "handover"
	input.output == "code"
	not is_validated
}

is_validated if {
	input.validated.verdict == "pass"
	input.validated.age_s <= 3600
}

deny contains {"rule": "no-leak-after-untrusted-input", "msg": "It would leak.", "fix": "Start a run of its own."} if {
	"untrusted" in input.labels
	"secret" in input.labels
	input.to == "network"
}

hold contains {"rule": "unreadable-commands-wait", "msg": "It cannot be read without running it."} if {
	some effect in input.effects
	effect.id == "opaque.exec"
}

tests := {"deny": {
	"match": [
		{"kind": "http", "content": "token=<sample:github-pat>"},
		{"kind": "shell", "content": "git push --force origin main"},
		{"kind": "handover", "output": "code", "content": "x"},
	],
	"no_match": [
		{"kind": "http", "content": "token=${GITHUB_TOKEN}"},
		{"kind": "handover", "output": "code", "content": "x", "validated": "pass"},
	],
}}
