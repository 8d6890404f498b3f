# The fuzzer of packed images: verification and `kumiki show`, on anything.
fuzz_bundle_SOURCES := $(lib_HOST_SOURCES) \
	tools/show/image.c tools/show/report.c tools/update/key.c \
	tools/say/say.c tests/unit/lib/sample_bundle.c
fuzz_bundle_INCLUDES := tools/include lib/include include tests
fuzz_bundle_LIBS := -lcrypto
fuzz_bundle_INPUTS := 42500
