# The service contexts: flat binaries at a fixed address, which the frame embeds.
#
#   $(BUILD)/service/console-UART.bin, loader.bin, warden.bin, broker.bin, updater.bin

service_INCLUDES := -Iframe/service/include -Ilib/include -Iinclude
# The console doesn't see the shell's headers, which stands on it: a call upwards doesn't compile.
service_INCLUDES_console := -Iframe/service/console/include
service_INCLUDES_uart := $(service_INCLUDES_console)
service_INCLUDES_broker := -Iframe/service/broker/include
service_INCLUDES_warden := -Iframe/service/warden/include
service_INCLUDES_shell := -Iframe/service/shell/include $(service_INCLUDES_console)
# $(call service_includes,FILE)
service_includes = $(service_INCLUDES_$(notdir $(patsubst %/,%,$(dir $1)))) $(service_INCLUDES)
service_flags = $(TARGET_FLAGS) $(GENERAL_ONLY) -O2 $(call service_includes,$1)
# What those that speak to the operator are linked with.
service_WORDS := $(addprefix frame/service/lib/,accounts.c energy.c failure.c names.c words.c)
service_LIB := frame/service/lib/start.S frame/service/lib/call.c lib/string.c $(GUARD_SOURCES)

service_console_SOURCES := $(service_LIB) $(wildcard frame/service/console/*.c frame/service/shell/*.c) \
	$(service_WORDS) \
	lib/bundle_tables.c lib/jsonbundle.c lib/crc32c_arm.c lib/json.c lib/utf8.c lib/lifecommand.c lib/lifejson.c lib/liferule.c lib/lifewords.c \
	lib/lineedit.c lib/linkframe.c lib/nearest.c lib/operatorline.c lib/operatorwords.c lib/powerwords.c lib/termfilter.c lib/termline.c lib/termscreen.c lib/tracewords.c
# $(call service_console,UART): a frame has the one for its board's UART.
define service_console
service_console-$1_SOURCES := $(service_console_SOURCES) $(addprefix frame/service/uart/,$1.c register.c)
service_console-$1_DATA := CONSOLE_DATA_SIZE
service_console-$1_LIMIT := 114688
service_console-$1_STACK := 8192
endef
$(foreach uart,$(frame_UARTS),$(eval $(call service_console,$(uart))))

service_warden_SOURCES := $(service_LIB) $(wildcard frame/service/warden/*.c) $(service_WORDS) \
	lib/bundle_tables.c lib/crc32c_arm.c lib/power.c lib/power_rule.c lib/powerwords.c lib/shift.c
service_warden_DATA := WARDEN_DATA_SIZE
service_warden_LIMIT := 28672
service_warden_STACK := 8192

service_loader_SOURCES := $(service_LIB) $(addprefix frame/service/loader/,main.c loader.c seeds.c \
	silence.c silence_function.c debug.c debug_memory.c mend.c examine.c examine_remote.c walk.c) \
	frame/service/loader/machine_arm.c lib/crc32c_arm.c lib/guestwalk.c lib/kallsyms.c lib/sha256.c
service_loader_DATA := LOADER_DATA_SIZE
service_loader_LIMIT := 24576
service_loader_STACK := 4096

service_broker_SOURCES := $(service_LIB) $(wildcard frame/service/broker/*.c) lib/copy_arm.c lib/index_arm.c lib/inetsum.c lib/inetsum_arm.c lib/sha256.c
service_broker_DATA := BROKER_DATA_SIZE
service_broker_LIMIT := 32768
service_broker_STACK := 8192

# ECDSA of BearSSL: Debian's source package as it is, and of it only what verifies on P-256.
service_BEARSSL := $(DEBIAN)/sources/bearssl
service_BEARSSL_FILES := ec/ec_p256_m31.c ec/ecdsa_i31_vrfy_raw.c ec/ecdsa_i31_bits.c ec/ec_secp256r1.c ec/ec_secp384r1.c ec/ec_secp521r1.c \
	$(addprefix int/,i31_add.c i31_decmod.c i31_decode.c i31_encode.c i31_fmont.c i31_iszero.c i31_modpow.c i31_montmul.c \
		i31_muladd.c i31_ninv31.c i31_rshift.c i31_sub.c i31_tmont.c i31_bitlen.c i32_div32.c) \
	codec/ccopy.c codec/dec32be.c codec/enc32be.c
service_updater_SOURCES := $(service_LIB) $(wildcard frame/service/updater/*.c) frame/service/lib/words.c \
	lib/package.c lib/sha256.c lib/update_text.c lib/version.c $(addprefix bearssl/,$(service_BEARSSL_FILES))
service_updater_DATA := UPDATER_DATA_SIZE
service_updater_LIMIT := 24576
service_updater_STACK := 16384
service_INCLUDES_updater = -Iframe/service/updater/include -isystem $(service_BEARSSL)/inc -isystem $(rtos_PICOLIBC)/include
$(BUILD)/service/frame/service/updater/verify.c.o: | $(DEBIAN)/packages
$(BUILD)/service/bearssl/%.c.o: mk/service.mk mk/tools.mk | $(DEBIAN)/packages
	@mkdir -p $(@D)
	$(TARGET_CC) $(filter-out $(WARNINGS),$(TARGET_FLAGS)) -w $(GENERAL_ONLY) -O2 -I$(service_BEARSSL)/src -I$(service_BEARSSL)/inc \
		-isystem $(rtos_PICOLIBC)/include -c -o $@ $(service_BEARSSL)/src/$*.c

service_NAMES := $(frame_SERVICES)

$(BUILD)/service/%.c.o: %.c mk/service.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(call service_flags,$<) -c -o $@ $<
$(BUILD)/service/%.S.o: %.S mk/service.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(call service_flags,$<) -c -o $@ $<

# The contract's addresses, for the linker: what include/kumiki/service.h says.
service_number = $(shell sed -n 's/^\#define $1  *\([^ ].*\)/\1/p' include/kumiki/service.h | \
	sed 's/ULL//; s/\/\*.*//; s/ //g')

# Sizes are promised for what is shipped: gcc's code, without the checks of a debug build.
service_limit = $(if $(filter gcc-,$(TOOLCHAIN)-$(filter-out 0,$(DEBUG))),$(service_$1_LIMIT),131072)

# $(call service_program,NAME)
define service_program
$(BUILD)/service/$1.elf: $(call objects,service,$(service_$1_SOURCES)) frame/service/lib/service.ld \
		include/kumiki/service.h mk/service.mk mk/tools.mk
	$(TARGET_LD) -T frame/service/lib/service.ld --gc-sections --fatal-warnings -z noexecstack \
		-z max-page-size=4096 "--defsym=SERVICE_TEXT=$(call service_number,SERVICE_TEXT)" \
		"--defsym=SERVICE_DATA=$(call service_number,SERVICE_DATA)" \
		"--defsym=SERVICE_DATA_SIZE=$(call service_number,$(service_$1_DATA))" \
		--defsym=SERVICE_STACK=$(service_$1_STACK) \
		-o $$@ $(call objects,service,$(service_$1_SOURCES))
$(BUILD)/service/$1.bin: $(BUILD)/service/$1.elf
	$(TARGET_OBJCOPY) -O binary -j .text -j .rodata $$< $$@
	@size=$$$$(stat -c %s $$@); test $$$$size -le $(call service_limit,$1) || \
		{ echo "$$@: $$$$size bytes, more than $(call service_limit,$1) (service_$1_LIMIT in" \
		"mk/service.mk)" >&2; rm -f $$@; exit 1; }
endef

$(foreach name,$(service_NAMES),$(eval $(call service_program,$(name))))

service: $(foreach name,$(service_NAMES),$(BUILD)/service/$(name).bin) ## the service contexts

-include $(shell find $(BUILD)/service -name '*.d' 2>/dev/null)

.PHONY: service
