# make run: the whole product.  make test: every test.  make lint: the linters.  make bench ARGS="fanout --clients 100000 --json"
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.runtime
DEV := $(VENV)/.development

.PHONY: run test test-mailbox crash lint bench screenshots tables browser clean

run: $(STAMP)
	@$(VENV)/bin/python -m maitian up

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] >= (3, 11) else 1)' || { echo "需要 Python 3.11 以上。 Python 3.11 or later is needed."; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "缺 venv 模块：apt-get install python3-venv。 The venv module is missing: apt-get install python3-venv"; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.txt | $(VENV)/bin/python
	@[ -f $(DEV) ] || echo "正在安装依赖，第一次约半分钟…… Installing packages; the first time takes about half a minute…"
	@[ -f $(DEV) ] || $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt | $(VENV)/bin/python
	@echo "正在安装测试要用的依赖…… Installing the packages that the tests need…"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# The browser tests need a Chromium and a font with Chinese signs; a fresh machine gets them from its own packages.
browser:
	@command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    apt-get update -qq && { apt-cache show chromium-headless-shell >/dev/null 2>&1 && shell=chromium-headless-shell || shell=chromium; \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$shell fonts-noto-cjk >/dev/null; }; \
	  else echo "浏览器测试要 chromium 和中文字体，请先安装。 The browser tests need chromium and a CJK font; install them first."; exit 2; fi; }

test: $(DEV) browser
	@$(VENV)/bin/python -m pytest -n auto

# Kill -9 twenty times within a send to 50,000 clients, and two hosts in networks of their own (two minutes). make crash ARGS="--seed 7" plays one again.
crash: $(DEV)
	@$(VENV)/bin/python -m tests.crash $(ARGS)
	@MAITIAN_LONG=1 $(VENV)/bin/python -m pytest -q tests/test_two_hosts.py

lint: $(DEV)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/python -m mypy maitian config bench

# The mailbox is also read from a real Dovecot where there is one; this installs it on Debian and runs those tests.
test-mailbox: $(DEV)
	@[ -x /usr/sbin/dovecot ] || apt-get install -y --no-install-recommends dovecot-imapd >/dev/null
	@$(VENV)/bin/python -m pytest -q -W ignore maitian/mailroom/tests/test_imap.py

bench: $(DEV)
	@$(VENV)/bin/python -m maitian bench $(ARGS)

# What the migrations make of an empty database, kept as one file (docs/adr/0014-tables-in-one-go.md).
tables: $(DEV)
	@$(VENV)/bin/python -m maitian.cli.tables

screenshots: $(DEV) browser
	@$(VENV)/bin/python -m tests.screenshots

clean:
	@rm -rf var $(VENV)
