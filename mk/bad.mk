# Guests that misbehave, and programs of other hands: tests/guest/bad. They judge nothing; system
# tests watch what becomes of them and of their neighbours.

bad_NAMES := wild calls sysregs vectors still
bad_FOLDER := tests/guest/bad

$(foreach name,$(bad_NAMES),$(eval $(call guest_program,bad-$(name),$(bad_FOLDER)/$(name).c \
	$(bad_FOLDER)/attempt.S)))

bad-guests: $(bad_NAMES:%=$(BUILD)/guests/bad-%.bin)
.PHONY: bad-guests
