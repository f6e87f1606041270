# What a user runs. What builds first installs the system libraries that are missing, and says so.

SHELL := /bin/bash
packages := libopenblas-dev liblapacke-dev libpng-dev libjpeg-dev zlib1g-dev
library := $(shell find Sources -type f) Package.swift
example := $(shell find Examples/latent/Sources -type f) Examples/latent/Package.swift
bundle := LatentArithmetic_LatentFaces.resources
benchmarks := $(shell find Benchmarks/Sources -type f) Benchmarks/Package.swift
has = $(shell grep -q -w $(1) /proc/cpuinfo && echo $(2))
instruction_sets := portable $(call has,avx2,avx2) $(call has,avx512vl,avx512)
swift_code := Package.swift Sources Tests Examples Benchmarks

PHOTO ?=
demo_words := smiling,eyeglasses,blond,male,pale

# Lines to measure, a regular expression; make bench FILTER='^edit'.
FILTER ?=
peers := Benchmarks/peers
environment := Benchmarks/.venv

.PHONY: help setup demo latent test bench format lint

help:
	@echo "make demo [PHOTO=my.jpg]   edits a face by words and writes demo.png"
	@echo "make latent                builds the command-line example, bin/latent"
	@echo "make test                  runs all tests"
	@echo "make bench [FILTER=edit]   measures the library beside PyTorch, ONNX Runtime, OpenVINO and OpenBLAS"
	@echo "make format                formats the Swift code"

setup:
	@command -v swift > /dev/null || { echo "Swift 6.2 is needed: https://www.swift.org/install"; exit 1; }
	@missing=""; \
	for package in $(packages); do \
	  dpkg-query -W -f '$${Status}' $$package 2> /dev/null | grep -q "ok installed" || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "Installing$$missing"; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq $$missing > /dev/null; \
	fi

demo: bin/latent
	@bin/latent sheet $(if $(PHOTO),"$(PHOTO)") --words $(demo_words) --theta -3,-1.5,1.5,3 --seed 2 --out demo.png
	@echo "Wrote demo.png"

latent: bin/latent

bin/latent: $(library) $(example) | setup
	@echo "Building bin/latent"
	@cd Examples/latent && swift build -c release
	@mkdir -p bin
	@rm -rf bin/$(bundle)
	@cp -R Examples/latent/.build/release/$(bundle) bin/
	@cp Examples/latent/.build/release/latent bin/

# C at -O0 is twenty times slower, so tests are built for release.
test: setup lint
	swift test -c release
	for set in $(instruction_sets); do \
	  echo "Testing the kernels with CK_ISA=$$set"; \
	  CK_ISA=$$set swift test -c release --skip-build --filter CKernelsTests || exit 1; \
	done
	cd Examples/client && swift run -c release client
	cd Examples/latent && swift test -c release

# Training steps in PyTorch take long: all lines together some three quarters of an hour on two cores.
bench: Benchmarks/.build/release/latent-bench bin/latent $(environment)/complete
	@$(environment)/bin/python $(peers)/compare.py --threads 1,2 --filter '$(value FILTER)' --out Benchmarks/results.json

Benchmarks/.build/release/latent-bench: $(library) $(benchmarks) | setup
	@echo "Building latent-bench"
	@cd Benchmarks && swift build -c release

$(environment)/complete: $(peers)/requirements.txt
	@echo "Installing the peers into $(environment)"
	@python3 -m venv $(environment)
	@$(environment)/bin/python -m pip install -q -r $(peers)/requirements.txt
	@touch $@

lint:
	swift format lint --strict --recursive $(swift_code)

format:
	swift format --in-place --recursive $(swift_code)
