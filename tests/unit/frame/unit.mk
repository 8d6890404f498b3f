# The frame's logic on the host, on the fake machine.
unit_room_frame_INCLUDES := frame/include frame/arch/fake/include lib/include include
unit_fake_SOURCES := frame/arch/fake/machine.c
unit_stage2_SOURCES := frame/core/stage2.c frame/arch/fake/machine.c
unit_decode_SOURCES := frame/core/decode.c
unit_pl011_SOURCES := frame/core/pl011.c
unit_pl031_SOURCES := frame/core/pl031.c
unit_psci_SOURCES := frame/core/psci.c frame/core/stage2.c frame/arch/fake/machine.c
unit_idreg_SOURCES := frame/core/idreg.c
