/*
 * `kumiki check`: says what is wrong with descriptions, or sums up a good description in a few
 * lines.
 */
#include "check_json.h"
#include <getopt.h>
#include <host/commands.h>
#include <host/dts.h>
#include <host/model.h>
#include <host/say.h>
#include <host/timing.h>
#include <host/update.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <stdlib.h>

#define CHECK_FOLDERS_MAX 32

static void check_size(uint64_t size)
{
	if (size % (1ull << 30) == 0)
		printf("%llu GiB", (unsigned long long)(size >> 30));
	else if (size % (1ull << 20) == 0)
		printf("%llu MiB", (unsigned long long)(size >> 20));
	else if (size % (1ull << 10) == 0)
		printf("%llu KiB", (unsigned long long)(size >> 10));
	else
		printf("%llu bytes", (unsigned long long)size);
}

static void check_memory(const struct model_partition *partition)
{
	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct model_memory *memory = &partition->memory[i];

		printf("%s", i ? ", " : "");
		check_size(memory->size);
		printf(" at 0x%llx", (unsigned long long)memory->pa);
		if (memory->ipa != memory->pa)
			printf(" as 0x%llx", (unsigned long long)memory->ipa);
	}
	putchar('\n');
}

static void check_devices(const struct model_partition *partition)
{
	printf("    devices ");
	if (!partition->device_count)
		printf(" none");
	for (size_t i = 0; i < partition->device_count; i++)
		printf("%s %s%s", i ? "," : "", partition->devices[i]->label,
		       partition->devices[i]->unconfined_dma ? " (DMA not confined!)" : "");
	putchar('\n');
}

static void check_bars(const struct model_function *function)
{
	for (size_t i = 0; i < BUNDLE_BARS; i++) {
		if (!function->bars[i].size)
			continue;
		printf(", BAR %zu 0x%llx (", i, (unsigned long long)function->bars[i].base);
		check_size(function->bars[i].size);
		putchar(')');
	}
	putchar('\n');
}

static void check_function(const char *label, const struct model_function *function)
{
	printf("    PCI %x.%x  %s", function->slot >> 3, function->slot & 7, label);
	if (function->intid)
		printf(", interrupt %u", function->intid);
	if (function->confined)
		printf(", stream %u", function->stream);
	check_bars(function);
}

static void check_functions(const struct model_partition *partition)
{
	if (partition->message_count)
		printf("    messages interrupts %u to %u (MSI-X), for its PCI functions\n",
		       partition->message_intid,
		       partition->message_intid + partition->message_count - 1);
	if (partition->panel)
		check_function("panel", partition->panel);
	for (size_t i = 0; i < partition->device_count; i++)
		if (partition->devices[i]->function)
			check_function(partition->devices[i]->label,
			               partition->devices[i]->function);
}

static void check_watchdog(const struct model_partition *partition)
{
	if (partition->watchdog_ipa)
		printf("    watchdog 0x%llx, interrupt %u\n",
		       (unsigned long long)partition->watchdog_ipa, partition->watchdog_intid);
}

static void check_kept(const struct model_partition *partition)
{
	for (size_t i = 0; i < partition->keep_count; i++) {
		printf("    kept     ");
		check_size(partition->keeps[i].size);
		printf(" at 0x%llx%s\n", (unsigned long long)partition->keeps[i].ipa,
		       partition->keeps[i].ramoops ? ", for ramoops" : "");
	}
}

/* Prints the names of partitions, after a word. */
static void check_others(const struct model *model, const char *word, uint32_t mask)
{
	for (size_t i = 0; i < model->partition_count; i++)
		if (mask >> i & 1) {
			printf("%s %s", word, model->partitions[i].name);
			word = ",";
		}
}

static void check_life(const struct model *model, const struct model_partition *partition)
{
	char policy[POLICY_SIZE];

	printf("    life     %s", partition->manual ? "starts when it is told to" : "starts");
	if (!partition->manual)
		check_others(model, " after", partition->life.after);
	printf("; %s", policy_text(policy, &partition->life, partition->no_restart));
	if (partition->manages_power)
		printf("; may change which cores are on");
	check_others(model, "; manages", partition->life.manages);
	if (partition->life.manages)
		printf(" (interrupt %u, black boxes from 0x%llx)", partition->manager_intid,
		       (unsigned long long)partition->blackbox_ipa);
	putchar('\n');
}

/* A guarded partition and its functions see its memory by pages: 4 KiB of tables for 2 MiB. */
static uint64_t check_guard_tables(const struct model_partition *watched)
{
	uint64_t size = 0;
	bool functions = false;

	for (size_t i = 0; i < watched->memory_count; i++)
		size += watched->memory[i].size;
	for (size_t i = 0; i < watched->device_count; i++)
		functions |= watched->devices[i]->function != NULL;
	return size / 512 * (functions ? 2 : 1);
}

/* Prints where a watcher reads registers and memory: at its own addresses, memory also at those of
 * the watched partition. */
static void check_watches(const struct model *model, const struct model_partition *partition)
{
	const struct model_partition *watched = &model->partitions[partition->watches];

	if (!partition->watch_ipa)
		return;
	if (partition->prevents)
		printf(
		    "    prevents code in %s that it doesn't approve: %llu KiB for page tables\n",
		    watched->name, (unsigned long long)check_guard_tables(watched) >> 10);
	printf("    watches  %s%s: registers at 0x%llx", watched->name,
	       partition->mends ? ", and mends it" : "", (unsigned long long)partition->watch_ipa);
	for (size_t i = 0; i < watched->memory_count; i++) {
		printf(", ");
		check_size(watched->memory[i].size);
		printf(" at 0x%llx", (unsigned long long)partition->watched_ipa[i]);
		if (watched->memory[i].ipa != partition->watched_ipa[i])
			printf(" (its 0x%llx)", (unsigned long long)watched->memory[i].ipa);
	}
	putchar('\n');
}

/* If the vCPU may also run elsewhere, prints "; may run on 0, 1". */
static void check_cores(const struct model *model, const struct model_vcpu *vcpu)
{
	const char *word = "; may run on";

	for (size_t i = 0; i < model->core_count && vcpu->cores & (vcpu->cores - 1); i++)
		if (vcpu->cores >> i & 1) {
			printf("%s %zu", word, i);
			word = ",";
		}
}

/* The partitions with a CPU on a core that moves. 0: the core doesn't move. */
static uint32_t check_holders(const struct model *model, uint32_t core)
{
	uint32_t holders = 0;
	bool moves = false;

	for (size_t p = 0; p < model->partition_count; p++) {
		const struct model_partition *one = &model->partitions[p];

		moves |= one->may_hold >> core & 1;
		for (size_t i = 0; i < one->vcpu_count; i++)
			holders |= (one->vcpus[i].cores >> core & 1) << p;
	}
	return moves ? holders : 0;
}

static const char *check_holder(const struct model *model, const struct model_partition *partition,
                                uint32_t core)
{
	if (model->free_cores >> core & 1)
		return "nobody's";
	return partition->may_hold >> core & 1 ? "another one's" : "its own";
}

/* Prints a line for each core that the partition may give or get. */
static void check_holds(const struct model *model, const struct model_partition *partition)
{
	for (size_t i = 0; i < partition->vcpu_count; i++) {
		const uint32_t core = partition->vcpus[i].core;
		const uint32_t holders = check_holders(model, core);

		if (!holders)
			continue;
		printf("    CPU %zu    core %" PRIu32 " is %s at the start", i, core,
		       check_holder(model, partition, core));
		check_others(model, ", may be that of",
		             holders & ~(1u << (partition - model->partitions)));
		putchar('\n');
	}
}

/* Prints a line for each vCPU that has more properties than its core. */
static void check_vcpus(const struct model *model, const struct model_partition *partition)
{
	for (size_t i = 0; i < partition->vcpu_count; i++) {
		const struct model_vcpu *vcpu = &partition->vcpus[i];
		const struct bundle_vcpu entry = vcpuwords_entry(vcpu);
		char words[VCPUWORDS_SIZE];

		vcpuwords(words, &entry, partition->priority);
		if (!*words && !(vcpu->cores & (vcpu->cores - 1)))
			continue;
		printf("    CPU %zu    starts on %" PRIu32, i, vcpu->core);
		check_cores(model, vcpu);
		puts(words);
	}
}

static void check_remote(const struct model_partition *partition)
{
	if (partition->remote_core == NULL)
		return;
	printf("    remote   %s, core %u: %s at 0x%llx; the image below is its minder\n",
	       partition->remote_core->label ? partition->remote_core->label
	                                     : partition->remote_core->name,
	       partition->remote_number, partition->remote.path,
	       (unsigned long long)partition->remote.ipa);
}

/* Prints the cores by the numbers that the operator sees, too. */
static void check_its_cores(const struct model *model, const struct model_partition *partition)
{
	for (size_t i = 0; i < partition->vcpu_count; i++) {
		const uint32_t core = partition->vcpus[i].core;

		printf("%s%" PRIu32, i ? ", " : "", core);
		if (model->cores[core].affinity != core)
			printf(" (affinity 0x%" PRIx64 ")", model->cores[core].affinity);
	}
	putchar('\n');
}

static void check_partition(const struct model *model, const struct model_partition *partition)
{
	printf("  %s: %s%s, priority %u\n    cores    ", partition->name,
	       partition->console ? "console" : "no console", partition->rtc ? ", clock" : "",
	       partition->priority);
	check_its_cores(model, partition);
	check_holds(model, partition);
	check_vcpus(model, partition);
	printf("    memory   ");
	check_memory(partition);
	check_kept(partition);
	check_devices(partition);
	check_functions(partition);
	check_remote(partition);
	printf("    image    %s at 0x%llx\n", partition->image.path,
	       (unsigned long long)partition->image.ipa);
	if (partition->dtb.ipa)
		printf("    tree     %s at 0x%llx\n",
		       partition->dtb.path ? partition->dtb.path : "generated",
		       (unsigned long long)partition->dtb.ipa);
	if (partition->initrd.path)
		printf("    initrd   %s at 0x%llx\n", partition->initrd.path,
		       (unsigned long long)partition->initrd.ipa);
	check_watchdog(partition);
	check_life(model, partition);
	check_watches(model, partition);
}

static void check_window(const struct model *model, const struct model_window *window)
{
	printf("  window %s: ", window->name);
	check_size(window->size);
	printf(" at 0x%llx%s\n", (unsigned long long)window->pa,
	       window->uncached ? ", uncached" : "");
	for (size_t i = 0; i < window->member_count; i++) {
		const struct model_member *member = &window->members[i];

		printf("    %-8s %s", member->read_only ? "reads" : "writes",
		       model->partitions[member->partition].name);
		if (member->ipa != window->pa)
			printf(" as 0x%llx", (unsigned long long)member->ipa);
		putchar('\n');
	}
}

static void check_doorbell(const struct model *model, size_t index)
{
	const struct model_doorbell *doorbell = &model->doorbells[index];

	printf("  doorbell %zu (%s): %s rings, %s hears interrupt %u", index, doorbell->name,
	       model->partitions[doorbell->from].name, model->partitions[doorbell->to].name,
	       doorbell->intid);
	if (model->partitions[doorbell->to].panel)
		printf(", bit %u of its panel", doorbell->bit);
	putchar('\n');
}

static void check_channel(const struct model *model, const struct model_channel *channel)
{
	printf("  %s %s", bundle_channel_word(channel->kind), channel->name);
	if (channel->rate != 0)
		printf(", up to %u frames a second from each end", channel->rate);
	if (channel->wait != 0)
		printf(", a request waits at most %u ms", channel->wait);
	putchar('\n');
	for (size_t i = 0; i < channel->end_count; i++) {
		const struct model_end *end = &channel->ends[i];
		const uint8_t *mac = end->mac;

		/* A guest's tree or a manifest has to name the SPI's number. */
		printf("    end      %s: 0x%llx, interrupt %u (SPI %u)",
		       model->partitions[end->partition].name, (unsigned long long)end->ipa,
		       end->intid, end->intid - BUNDLE_SPI_FIRST);
		fputs(bundle_end_word(channel->kind, channel->flags, (uint32_t)i), stdout);
		if (channel->kind == BUNDLE_NETWORK)
			printf(", %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
			       mac[4], mac[5]);
		putchar('\n');
	}
}

/* Says which cores can go off under a policy, if there is one. */
static void check_power(const struct model *model)
{
	const uint32_t fewest = powerplan_fewest(model);
	char words[POWERPLAN_SIZE];
	const char *word = "; may go off:";

	if (!*powerplan_words(words, &model->power))
		return;
	printf("  power %s", words);
	if (fewest == (1u << model->core_count) - 1)
		printf("; no core can go off: each has a vCPU that may run nowhere else");
	for (size_t i = 0; i < model->core_count; i++)
		if (!(fewest >> i & 1)) {
			printf("%s %zu", word, i);
			word = ",";
		}
	putchar('\n');
}

/* Says how cores move without a command, if they do. */
static void check_shift(const struct model *model)
{
	struct shiftplan plan = {.partitions = (uint32_t)model->partition_count};
	char words[SHIFTPLAN_SIZE];

	for (size_t i = 0; i < model->partition_count; i++) {
		plan.name[i] = model->partitions[i].name;
		plan.moving |= (uint32_t)model->partitions[i].moves_cores << i;
	}
	if (*shiftplan_words(words, &plan, &model->shift))
		printf("  cores move %s\n", words);
}

/* Says whose updates replace the frame, if it can be replaced. */
static void check_updates(const struct model *model)
{
	char key[UPDATE_KEY_PRINT];

	if (model->updates)
		printf("  updates of the frame signed by the key with sha256 %s%s\n",
		       update_key_print(key, model->update_key),
		       model->lowers ? ", to lower versions, too" : "");
}

static void check_summary(const struct model *model)
{
	printf("%s on %s: %zu partition%s on %zu core%s, the frame has ", model->name,
	       model->board.name, model->partition_count, model->partition_count == 1 ? "" : "s",
	       model->core_count, model->core_count == 1 ? "" : "s");
	check_size(model->memory_base + model->memory_size - model->image_base);
	putchar('\n');
	for (size_t i = 0; i < model->partition_count; i++)
		check_partition(model, &model->partitions[i]);
	for (size_t i = 0; i < model->window_count; i++)
		check_window(model, &model->windows[i]);
	for (size_t i = 0; i < model->doorbell_count; i++)
		check_doorbell(model, i);
	for (size_t i = 0; i < model->channel_count; i++)
		check_channel(model, &model->channels[i]);
	check_power(model);
	check_shift(model);
	check_updates(model);
	timing_print(model, stdout);
}

static bool check_file(const char *path, const struct model_options *options)
{
	struct model *model = model_load(path, options, stderr);

	if (!model)
		return false;
	check_summary(model);
	model_free(model);
	return true;
}

static bool check_files(char *const files[], const struct model_options *options)
{
	bool good = true;

	for (; *files; files++)
		good &= check_file(*files, options);
	return good;
}

int kumiki_check(int argc, char **argv)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *folders[CHECK_FOLDERS_MAX];
	struct model_options options = {.include_dirs = folders, .wants_frame = true};
	bool json = false, good;
	int option;

	while ((option = command_option(argc, argv, "I:", longs)) != -1) {
		if (option == 'j')
			json = true;
		else if (option != 'I' || options.include_dir_count == CHECK_FOLDERS_MAX)
			return command_usage("check");
		else
			folders[options.include_dir_count++] = command_folder(argv[0], optarg);
	}
	if (optind == argc)
		return command_usage("check");
	good = json ? check_json(argv + optind, &options, stdout)
	            : check_files(argv + optind, &options);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
