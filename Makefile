# Hidden State: `make play` plays, `make test` tests; both set up what they need.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
# pytest's status without a test: ARGS may choose none of one kind, but not of both
MISSING := $(if $(ARGS),5,0)
APT_SOUND := jackd2 fluidsynth timgm6mb-soundfont libasound2
APT_TEST := xvfb xdotool openbox imagemagick jack-capture chromium chromium-driver $(APT_SOUND)

.PHONY: play install test bench bench-timing clean

play: install
	@$(BIN)/hidden-state play $(ARGS)

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Hidden State needs Python 3.11 or later: make PYTHON=python3.12 play"; exit 1; }
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv || { .ci/system python3-venv && $(PYTHON) -m venv .venv; }
	@$(PIP) --editable .
	@$(BIN)/python -c 'import rtmidi' 2>/dev/null || $(PIP) python-rtmidi 2>/dev/null \
		|| echo "without outside MIDI: python-rtmidi has no wheel here; a C++ compiler and ALSA's headers, then make install again, bring it"
	@touch $@

.venv/.tested: .venv/.installed
	@.ci/system $(APT_TEST) || true
	@$(PIP) --editable '.[test]'
	@touch $@

test: .venv/.tested
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not alone" $(ARGS); first=$$?; \
	[ $$first -eq 0 ] || [ $$first -eq $(MISSING) ] || exit $$first; \
	$(BIN)/python -m pytest -m alone $(ARGS); second=$$?; \
	[ $$second -eq 0 ] || { [ $$first -eq 0 ] && [ $$second -eq $(MISSING) ]; }

.venv/.benched: .venv/.installed
	@$(PIP) --editable '.[bench]'
	@touch $@

bench: .venv/.benched
	@$(BIN)/hidden-state bench network $(ARGS)

bench-timing: .venv/.installed
	@.ci/system $(APT_SOUND) || true
	@$(BIN)/hidden-state bench timing $(ARGS)

clean:
	@rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
