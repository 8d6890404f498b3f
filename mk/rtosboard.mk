# The RTOS's systems on another board than the first: the same programs, and the same manifests, with that board's file
# and names of its devices. Behind mk/campaign.mk, as some need its programs.

rtosboard_MANIFESTS := $(addprefix tests/rtos/,servers/servers servers/liar urgency/insists urgency/leaves urgency/loops files/files guilt/guilt loading/loading names/names life/life probe/probe \
	recover/recover $(addprefix block/,block block-uncached block-trouble) $(addprefix crash/,crash falls torn) \
	$(addprefix libc/,libc posix-files threads threads2 spread debian debian-files)) systems/rtos/shell
rtosboard_INCLUDED := $(wildcard $(addsuffix *.dtsi,$(sort $(dir $(rtosboard_MANIFESTS)))))
rtosboard_NAMES_xlnx-versal-virt := s/&pl011/\&uart0/; s/virtio_mmio31/virtio_mmio7/

# $(call rtosboard_source,BOARD,FILE): build/rtos/BOARD/NAME.dts
define rtosboard_source
$(BUILD)/rtos/$1/$(notdir $2): $2 mk/rtosboard.mk
	@mkdir -p $$(@D)
	sed -e 's/"qemu-virt.dtsi"/"$1.dtsi"/' -e '$(rtosboard_NAMES_$1)' $$< >$$@
rtosboard_SOURCES_$1 += $(BUILD)/rtos/$1/$(notdir $2)
endef

# $(call rtosboard_images,BOARD): build/rtos/BOARD/NAME.img
define rtosboard_images
$(foreach file,$(addsuffix .dts,$(rtosboard_MANIFESTS)) $(rtosboard_INCLUDED),$(eval $(call rtosboard_source,$1,$(file))))
rtosboard_IMAGES_$1 := $(patsubst %,$(BUILD)/rtos/$1/%.img,$(notdir $(rtosboard_MANIFESTS)))
$$(rtosboard_IMAGES_$1): %.img: %.dts $$(rtosboard_SOURCES_$1) $(rtos_PROGRAMS) $(rtos_ARCHIVES) $(BUILD)/rtos/kernel.img \
		$(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/$1 -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $$@ $$<
rtos-board: $$(rtosboard_IMAGES_$1)
endef
$(foreach board,xlnx-versal-virt,$(eval $(call rtosboard_images,$(board))))
.PHONY: rtos-board
