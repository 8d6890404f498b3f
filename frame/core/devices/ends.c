/* Ends of channels; see devices/ends.h. docs/inside/brokers.md says who may touch what. */
#include <devices/emulated.h>
#include <devices/ends.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <run/broker.h>
#include <run/resident.h>
#include <vgic/vgic.h>
#include <word/channel.h>
#include <word/life.h>
#include <word/mail.h>
#include <word/trace.h>

#define REGISTER_NOTIFY 0x050
#define REGISTER_STATUS 0x060 /* InterruptStatus */
#define REGISTER_ACK    0x064
#define REGISTER_DEVICE 0x070 /* Status: 0 resets the device */

uint32_t ends_find(const struct partition *partition, uint64_t ipa)
{
	for (uint32_t i = 0; i < partition->end_count; i++)
		if (ipa - bundle_ends(core_bundle)[partition->brokers[i].number].ipa <
		    BUNDLE_END_SIZE)
			return i;
	return ENDS_NONE;
}

static void set_line(struct partition *partition, uint32_t own)
{
	uint32_t intid = bundle_ends(core_bundle)[partition->brokers[own].number].intid;

	vgic_set_line(partition, intid, partition->ends[own].status != 0);
}

static void acknowledge(struct partition *partition, uint32_t own, uint32_t interrupts)
{
	partition->ends[own].status &= ~interrupts;
	set_line(partition, own);
}

/* ---- registers ---- */

/* Leaves work for the end's broker, and wakes it, by a message if its core is another one. */
static void work(struct partition *partition, uint32_t own, uint32_t what)
{
	struct broker *broker = &partition->brokers[own];

	__atomic_fetch_or(&partition->ends[own].work, what, __ATOMIC_SEQ_CST);
	if (core.home[partition->index] == core.index)
		broker_wake(broker);
	else
		mail_post(core.home[partition->index], MAIL_DOORBELL,
		          DOORBELL_END + broker->number);
}

/* Puts the broker's answer where its vCPU finds it, and makes room for the next request. */
static void put_answer(struct end *end)
{
	struct end_request *request = &end->request;

	if (__atomic_load_n(&request->state, __ATOMIC_SEQ_CST) != END_ANSWERED)
		return;
	end->answer[request->vcpu % BUNDLE_PARTITION_VCPUS_MAX] = (struct end_answer){
	    .what = request->what, .value = request->value, .origin = request->origin};
	__atomic_store_n(&request->state, END_NONE, __ATOMIC_SEQ_CST);
}

/* Fetches the answer to this vCPU's access. The guest may have moved a thread to this vCPU that
 * began its access on another one, and executes it again here: the answer there is dropped, so the
 * thread doesn't find it when it moves back. */
static bool fetch(struct end *end, uint32_t vcpu, uint64_t what, const struct activation *origin,
                  uint64_t *value)
{
	bool fetched = false;

	for (uint32_t i = 0; i < BUNDLE_PARTITION_VCPUS_MAX; i++) {
		struct end_answer *answer = &end->answer[i];

		if (answer->what != what || !activation_is(&answer->origin, origin))
			continue;
		answer->what = 0;
		if (i != vcpu)
			continue;
		*value = answer->value;
		fetched = true;
	}
	return fetched;
}

static void drop_answers(struct end *end)
{
	memset(end->answer, 0, sizeof(end->answer));
}

/* Asks the broker, or fetches its answer. True: the answer is in `*value`. False: the access is to
 * be executed again. An answer that isn't fetched gives way to the vCPU's next one: the vCPU took
 * an interrupt, and will execute its access again. */
static bool ask(struct vcpu *vcpu, uint32_t own, uint64_t what, uint64_t *value)
{
	struct end *end = &vcpu->partition->ends[own];
	struct end_request *request = &end->request;
	struct activation origin = activation_now();
	uint32_t state;

	put_answer(end);
	if (fetch(end, vcpu->index, what, &origin, value))
		return true;
	state = __atomic_load_n(&request->state, __ATOMIC_SEQ_CST);
	if (state == END_ASKED || state == END_TAKEN)
		return false;
	request->vcpu = vcpu->index;
	request->what = what;
	request->value = *value;
	request->origin = origin;
	__atomic_store_n(&request->state, END_ASKED, __ATOMIC_SEQ_CST);
	work(vcpu->partition, own, CHANNEL_WORK_REQUEST);
	return false;
}

bool ends_read(struct vcpu *vcpu, uint32_t own, uint32_t offset, uint32_t size, uint64_t *value)
{
	if (offset == REGISTER_STATUS) {
		*value = vcpu->partition->ends[own].status;
		return true;
	}
	*value = 0;
	return ask(vcpu, own, CHANNEL_REQUEST(offset, size, 0), value);
}

bool ends_write(struct vcpu *vcpu, uint32_t own, uint32_t offset, uint32_t size, uint64_t value)
{
	uint64_t answer = value;

	if (offset == REGISTER_NOTIFY) {
		trace(TRACE_KICK, vcpu->context.trace_id, value << 32 | own);
		work(vcpu->partition, own, CHANNEL_WORK_QUEUE);
		return true;
	}
	if (offset == REGISTER_ACK) {
		acknowledge(vcpu->partition, own, (uint32_t)value);
		return true;
	}
	if (!ask(vcpu, own, CHANNEL_REQUEST(offset, size, 1), &answer))
		return false;
	if (offset == REGISTER_DEVICE && value == 0) {
		drop_answers(&vcpu->partition->ends[own]); /* an earlier driver's */
		acknowledge(vcpu->partition, own, ~0U);
	}
	return true;
}

/* ---- word from other cores ---- */

/* An end that leaves waits until the brokers that ran before have stopped. Each time that word for
 * an end comes, the end's broker may have stopped. So the home cores of all ends that leave the
 * channel are told to look again. */
static void tell_leaving(uint32_t channel)
{
	const struct bundle_range ends = bundle_channels(core_bundle)[channel].ends;
	uint32_t leaving =
	    __atomic_load_n(&shared_memory->channel[channel].leaving, __ATOMIC_SEQ_CST);

	for (; leaving != 0; leaving &= leaving - 1)
		life_tell(bundle_ends(core_bundle)[ends.first + (uint32_t)__builtin_ctz(leaving)]
		              .partition,
		          LIFE_LOOK);
}

/* Raises these interrupts of the end. A partition that stands still takes them when it goes on. If
 * the partition is off, nothing is raised: its next driver finds the device reset. If another core
 * has taken the devices, the signal is left once more, for later. */
static void raise(struct partition *partition, const struct broker *broker, uint32_t interrupts)
{
	if (!life_runs(partition) && !life_stands(partition))
		return;
	if (core.only == 0)
		(void)resident_partition(partition->index);
	if (!devices_take(partition)) {
		end_signal(broker->number, interrupts);
		return;
	}
	partition->ends[broker->own].status |= interrupts;
	set_line(partition, broker->own);
	devices_give(partition);
}

static struct broker *find_broker(struct partition *partition, uint32_t number)
{
	struct broker *broker = partition->brokers;

	while (broker->number != number)
		broker++;
	return broker;
}

void ends_heard(uint32_t number)
{
	uint32_t index = bundle_ends(core_bundle)[number].partition, signal;
	struct partition *partition = partition_at(index);
	struct broker *broker;

	if (core.home[index] != core.index)
		return; /* a message for another core's end: its sender is wrong */
	broker = find_broker(partition, number);
	broker_look(broker);
	tell_leaving(broker->channel);
	signal = __atomic_exchange_n(&shared_memory->signal[number], 0, __ATOMIC_SEQ_CST);
	if ((signal & END_LOOK) != 0)
		__atomic_fetch_or(&partition->ends[broker->own].work, (uint32_t)CHANNEL_WORK_QUEUE,
		                  __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&partition->ends[broker->own].work, __ATOMIC_SEQ_CST) != 0)
		broker_wake(broker);
	if ((signal & END_INTERRUPTS) != 0)
		raise(partition, broker, signal & END_INTERRUPTS);
}

/* ---- an end's life ---- */

/* True: the broker at this place ran before the end left, and may still run. */
static bool may_run(const struct shared_channel *channel, uint32_t place, uint32_t left)
{
	uint32_t runs = __atomic_load_n(&channel->runs[place], __ATOMIC_SEQ_CST);

	return runs != 0 && (int32_t)(runs - left) < 0;
}

static void begin_leaving(struct broker *broker)
{
	struct shared_channel *channel = &shared_memory->channel[broker->channel];

	__atomic_store_n(&channel_told(broker->channel)->life[broker->place], 0, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&channel->leaving, 1u << broker->place, __ATOMIC_SEQ_CST);
	do
		broker->left = __atomic_add_fetch(&channel->epoch, 1, __ATOMIC_SEQ_CST);
	while (broker->left == 0); /* a `left` of 0 means that the end isn't leaving */
	broker_look(broker);
}

static void end_leaving(struct broker *broker)
{
	__atomic_fetch_and(&shared_memory->channel[broker->channel].leaving, ~(1u << broker->place),
	                   __ATOMIC_SEQ_CST);
	broker->left = 0;
}

static bool leave(struct broker *broker)
{
	struct shared_channel *channel = &shared_memory->channel[broker->channel];
	const struct bundle_range ends = bundle_channels(core_bundle)[broker->channel].ends;
	bool left = true;

	if (channel_told(broker->channel)->life[broker->place] != 0)
		begin_leaving(broker);
	else if (broker->left == 0)
		return true;
	for (uint32_t i = 0; i < ends.count; i++) {
		if (i == broker->place || !may_run(channel, i, broker->left))
			continue;
		end_signal(ends.first + i, 0);
		left = false;
	}
	if (left)
		end_leaving(broker);
	return left;
}

bool ends_leave(struct partition *partition)
{
	bool left = true;

	for (uint32_t i = 0; i < partition->end_count; i++)
		left &= leave(&partition->brokers[i]);
	return left;
}

void ends_join(struct partition *partition)
{
	for (uint32_t i = 0; i < partition->end_count; i++) {
		struct broker *broker = &partition->brokers[i];

		end_leaving(broker); /* a debugger may let go before it has left */
		__atomic_store_n(&channel_told(broker->channel)->life[broker->place],
		                 partition->life.status.starts, __ATOMIC_SEQ_CST);
		work(partition, i, CHANNEL_WORK_QUEUE | CHANNEL_WORK_JOINED);
	}
}

void ends_reset(struct partition *partition)
{
	for (uint32_t i = 0; i < partition->end_count; i++) {
		partition->ends[i].status = 0;
		drop_answers(&partition->ends[i]);
		__atomic_store_n(&partition->ends[i].request.state, END_NONE, __ATOMIC_SEQ_CST);
		broker_forget(&partition->brokers[i]);
	}
}
