# The tasks of everyday work. CONTRIBUTING.md explains them.

.PHONY: check test quick fuzz update docs rule history pdac-full snapshot

# Everything that CI runs; about 15 minutes.
check:
	.ci/run

# All tests.
test:
	go test ./...

# The tests without the slow ones.
quick:
	go test -short ./...

# Fuzz every reader of outside input for some minutes each: make fuzz MINUTES=10 TARGET='FuzzParse|FuzzSpec'
fuzz:
	.ci/fuzz $(or $(MINUTES),3) '$(or $(TARGET),.)'

# Renew every golden file and generated page. Read the diff before you commit it.
update:
	go test ./schemas -update
	$(MAKE) docs
	go test ./lint ./internal/python ./internal/yamledit ./cmd/pdac/report -update
	go test ./cmd/pdac -run TestScripts -update

# Renew the generated pages and pictures of docs/, the glossary of CONTRIBUTING.md, and NOTICE.
docs:
	go test ./cmd/pdac -run 'TestGeneratedDocs|TestPictures' -update
	go test ./cmd/pdac/report -run TestRulesPage -update
	go test ./internal/house -run 'TestGlossary|TestNotice' -update

# Build pdac with a Python, for machines that have none. This downloads 120 MB.
pdac-full:
	cmd/pdac/full/build pdac-full

# Build everything of a release into dist, without publishing; needs goreleaser.
snapshot:
	TAP_TOKEN= goreleaser release --snapshot --clean --skip=sbom,docker

# Write a new lint rule with its example and test data: make rule NAME=shouting-severity
rule:
	@test -n "$(NAME)" || { echo 'name the rule: make rule NAME=shouting-severity' >&2; exit 2; }
	go run ./internal/newrule $(NAME)

# Lint the state before and after each fix in a list of commits of a real repository:
# make history CORPUS=~/panther-analysis COMMITS=fixes.txt
history:
	@test -n "$(CORPUS)" -a -n "$(COMMITS)" || { echo 'name the repository and the list: make history CORPUS=~/panther-analysis COMMITS=fixes.txt' >&2; exit 2; }
	go run ./internal/history -corpus "$(CORPUS)" -commits "$(COMMITS)"
