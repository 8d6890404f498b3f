# What the tests of the guest library stand on: what of it runs on a host.
unit_room_guests_SOURCES := guests/lib/channel.c guests/lib/tree.c
unit_room_guests_INCLUDES := guests/lib/include include tests
unit_room_guests_LIBS := -lfdt
