/* See brokers.h. */
#include "brokers.h"

#include <devices/emulated.h>
#include <devices/ends.h>
#include <machine/activation.h>
#include <state/core.h>
#include <turn/service_calls.h>
#include <unit.h>

uint64_t brokers_read;

struct broker *brokers_at(uint32_t partition)
{
	return &partition_at(partition)->brokers[0];
}

bool brokers_runs(uint32_t number, uint32_t partition)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current == &brokers_at(partition)->service.context;
}

uint64_t brokers_line(uint32_t partition)
{
	return partition_at(partition)->vgic.line[CORES_END_SPI / 32] >> CORES_END_SPI % 32 & 1;
}

/* ---- a guest's accesses ---- */

static struct {
	uint32_t offset;
	bool write, done;
	uint64_t value;
} access;

static void do_access(void)
{
	struct vcpu *vcpu = core.vcpu;

	assert_int_equal(core.current->kind, CONTEXT_VCPU);
	assert_true(devices_take(vcpu->partition));
	access.done = access.write ? ends_write(vcpu, 0, access.offset, 4, access.value)
	                           : ends_read(vcpu, 0, access.offset, 4, &brokers_read);
	devices_give(vcpu->partition);
}

bool brokers_guest_reads(uint32_t number, uint32_t offset, uint64_t pc)
{
	access.offset = offset;
	access.write = false;
	fake_activation = (struct activation){.pc = pc};
	cores_do(number, do_access);
	return access.done;
}

bool brokers_guest_writes(uint32_t number, uint32_t offset, uint64_t value)
{
	access.offset = offset;
	access.write = true;
	access.value = value;
	fake_activation = (struct activation){.pc = 4 * offset};
	cores_do(number, do_access);
	return access.done;
}

/* ---- a broker's calls ---- */

static uint64_t rest_call[3]; /* interrupts, looks, and until when */

static void rest(void)
{
	uint64_t *x = core.current->x;

	assert_int_equal(core.current->kind, CONTEXT_BROKER);
	x[8] = SERVICE_REST;
	for (uint32_t i = 0; i < 3; i++)
		x[i] = rest_call[i];
	service_call(core.current);
}

static void rest_with(uint32_t number, uint64_t interrupts, uint64_t looks, uint64_t when)
{
	rest_call[0] = interrupts;
	rest_call[1] = looks;
	rest_call[2] = when;
	cores_do(number, rest);
}

void brokers_rest(uint32_t number, uint64_t interrupts, uint64_t looks)
{
	rest_with(number, interrupts, looks, SERVICE_FOREVER);
}

void brokers_rest_until(uint32_t number, uint64_t when)
{
	rest_with(number, 0, 0, when);
}

void brokers_answer(uint32_t number, uint64_t value)
{
	assert_int_equal(core.current->kind, CONTEXT_BROKER);
	cores_service(number, SERVICE_ANSWER, value);
}

/* ---- the machine ---- */

void brokers_quiet(void)
{
	static const uint8_t homes[] = {0, 2, 3};

	for (uint32_t p = 0; p < 3; p++)
		while (brokers_runs(homes[p], p))
			brokers_rest(homes[p], 0, 0);
}

void brokers_begin(void)
{
	cores_begin(&(struct cores_plan){
	    .cores = 4, .partitions = 3, .vcpus = {2, 1, 1}, .channel = true, .stay_on = true});
	cores_load_all();
	brokers_quiet();
	cores_call(0, CPU_ON, 1, CORES_RAM + 0x1000, 0);
	cores_settle();
	brokers_quiet();
}
