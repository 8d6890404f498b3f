/* Which cores could be off so that each promise is still kept; see lib/power.h and docs/power.md.
 * This code is pure. */
#include <lib/bundle.h>
#include <lib/power.h>
#include <lib/string.h>

static bool power_is_there(const struct power_machine *machine, const struct power_look *look,
                           uint32_t vcpu)
{
	return (look->stopped >> machine->vcpu[vcpu].partition & 1) == 0;
}

void power_machine_of(struct power_machine *machine, const struct bundle_header *bundle)
{
	machine->cores = bundle->cores.count;
	machine->vcpus = bundle->vcpus.count;
	machine->console = bundle->console_core;
	memcpy(machine->speed, bundle->speed, sizeof(machine->speed));
	for (uint32_t p = 0; p < bundle->partitions.count; p++) {
		const struct bundle_range range = bundle_partitions(bundle)[p].vcpus;

		machine->home[p] = (uint8_t)bundle_vcpus(bundle)[range.first].core;
		for (uint32_t i = range.first; i < range.first + range.count; i++) {
			const struct bundle_vcpu *vcpu = &bundle_vcpus(bundle)[i];

			machine->vcpu[i] = (struct power_vcpu){
			    vcpu->cores, (uint8_t)p, (vcpu->flags & BUNDLE_VCPU_REALTIME) != 0};
		}
	}
}

uint32_t power_keeps(const struct power_machine *machine, const struct power_look *look)
{
	uint32_t keeps = 1u << machine->console;

	for (uint32_t i = 0; i < machine->vcpus; i++)
		if (machine->vcpu[i].realtime && power_is_there(machine, look, i))
			keeps |=
			    1u << look->at[i] | 1u << machine->home[machine->vcpu[i].partition];
	return keeps;
}

bool power_holds(const struct power_machine *machine, const struct power_look *look, uint32_t cores)
{
	if ((power_keeps(machine, look) & ~cores) != 0)
		return false;
	for (uint32_t i = 0; i < machine->vcpus; i++)
		if (power_is_there(machine, look, i) && !machine->vcpu[i].realtime &&
		    (machine->vcpu[i].cores & cores) == 0)
			return false;
	return true;
}

/* The home cores of partitions that aren't stopped: a message to such a partition wakes its home
 * core. */
static uint32_t power_homes(const struct power_machine *machine, const struct power_look *look)
{
	uint32_t homes = 0;

	for (uint32_t i = 0; i < machine->vcpus; i++)
		if (power_is_there(machine, look, i))
			homes |= 1u << machine->home[machine->vcpu[i].partition];
	return homes;
}

/* The cost of a set of cores. A set with fewer cores is better. Among sets of the same size, the
 * set with more home cores is better. */
static uint32_t power_cost(uint32_t cores, uint32_t homes)
{
	return power_count(cores) * 2 * BUNDLE_CORES_MAX - power_count(cores & homes);
}

uint32_t power_fewest(const struct power_machine *machine, const struct power_look *look)
{
	uint32_t all = (1u << machine->cores) - 1, homes = power_homes(machine, look), best = all;

	for (uint32_t cores = 1; cores < all; cores++)
		if (power_cost(cores, homes) < power_cost(best, homes) &&
		    power_holds(machine, look, cores))
			best = cores;
	return best;
}

uint32_t power_alone(const struct power_machine *machine, const struct power_look *look)
{
	uint32_t realtime = 0, alone;

	for (uint32_t i = 0; i < machine->vcpus; i++)
		if (machine->vcpu[i].realtime && power_is_there(machine, look, i))
			realtime |= 1u << look->at[i];
	alone = realtime;
	for (uint32_t i = 0; i < machine->vcpus; i++)
		if (!machine->vcpu[i].realtime && power_is_there(machine, look, i) &&
		    (machine->vcpu[i].cores & ~realtime) == 0)
			alone &= ~machine->vcpu[i].cores;
	return alone;
}
