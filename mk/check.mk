# `make check`: the quick loop. Builds with gcc, runs the host's unit tests, and looks at the files
# that changed since they were last found good (stamps in build/check). With DEEP=1 clang's analyzer looks for minutes.

check_FILES := $(or $(shell tools/check/files.sh c h),$(error tools/check/files.sh lists no sources))
check_LIST := $(BUILD)/check/commands
check_STAMPS := $(BUILD)/check/$(if $(DEEP),deep,shallow)

check-all:
	@$(MAKE) --no-print-directory $(PARALLEL) host frame doctor guests guest-tests rtos-tests rtos-benches bad-guests \
		bench-guests linux modules
	@$(MAKE) --no-print-directory $(PARALLEL) unit-programs
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory $(PARALLEL) lint

lint: $(check_FILES:%=$(check_STAMPS)/%.ok) $(BUILD)/check/headers.ok ## format, clang-tidy, cppcheck, headers; DEEP=1 as deep as they can

# The list is made anew when a makefile or the set of files changes.
$(check_LIST): tools/check/commands.sh $(wildcard mk/*.mk Makefile tests/*/*.mk tests/unit/*/*.mk) $(BUILD)/check/files
	@mkdir -p $(@D)
	@tools/check/commands.sh >$@.part && mv $@.part $@

$(BUILD)/check/files: FORCE
	@mkdir -p $(@D)
	@echo "$(check_FILES)" | cmp -s - $@ || echo "$(check_FILES)" >$@

$(check_STAMPS)/%.ok: % .clang-tidy .clang-format tools/check/file.sh | $(check_LIST)
	@mkdir -p $(@D)
	@echo "check $<"
	@tools/check/file.sh $(check_LIST) $< $@ $(@:.ok=.d) $(if $(DEEP),deep,shallow)
	@touch $@

# What a header says of a type counts where it is used.
ifneq ($(filter lint $(check_STAMPS)/%,$(MAKECMDGOALS)),)
-include $(check_FILES:%=$(check_STAMPS)/%.d)
endif

$(BUILD)/check/headers.ok: $(filter %.h,$(check_FILES)) tools/check/headers.sh | $(check_LIST)
	@tools/check/headers.sh $(check_LIST)
	@touch $@

# What runs at EL2 and the RTOS's kernel, or what ONLY names: folders or files. The page is of them all.
check_ONLY = $(if $(PAGE),$(error PAGE=1 makes the page of all sources: leave out ONLY))$(ONLY)
check_MISRA = $(filter $(addsuffix %,$(or $(and $(ONLY),$(check_ONLY)),frame/ lib/ rtos/kernel/)),$(filter %.c,$(check_FILES)))
misra: $(check_LIST) ## deviations from MISRA C:2012 by rule, as cppcheck's addon counts them; ONLY=lib; PAGE=1: the page
	@tools/check/misra.sh $< $(BUILD)/misra $(or $(check_MISRA),$(error no source begins with '$(ONLY)'))
	$(if $(PAGE),@tools/check/misra_page.sh $(BUILD)/misra/rules >$(BUILD)/misra/page && cp $(BUILD)/misra/page docs/proof/misra.md)

FORCE:
.PHONY: check-all lint misra FORCE
