// SPDX-License-Identifier: GPL-2.0
/*
 * A hostile driver of a virtio disk: it lets its disk write to foreign addresses and read from
 * them: `insmod dmaraid.ko at=ADDRESS,… pause=MS again=N`. No other driver may have the disk
 * meanwhile. For each address and direction it becomes the disk's driver once. It puts a normal
 * request into the queue, changes the address in the data's descriptor without Linux's knowledge,
 * and notifies the disk. The disk's answer means little: the disk may not know that it was refused.
 * The disk's first sector goes to each address, and the memory at address number N (from 0) goes to
 * sector N + 1. Before that it does the same with memory of its own. test_raid.py and
 * test_prevention_devices.py of tests/system use it.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

#define DMARAID_ADDRESSES 64
#define DMARAID_BYTES     512
#define DMARAID_NEVER     0xee /* a status that the disk never gives */

static unsigned long long dmaraid_at[DMARAID_ADDRESSES];
static int dmaraid_count;
module_param_array_named(at, dmaraid_at, ullong, &dmaraid_count, 0);
MODULE_PARM_DESC(at, "addresses that the disk is sent to");

static uint dmaraid_again = 1;
module_param_named(again, dmaraid_again, uint, 0);
MODULE_PARM_DESC(again, "how often all of them are tried");

static uint dmaraid_pause;
module_param_named(pause, dmaraid_pause, uint, 0);
MODULE_PARM_DESC(pause, "milliseconds behind each try");

/* One request, as the disk reads it. */
struct dmaraid {
	struct virtio_blk_outhdr header;
	u8 data[DMARAID_BYTES] __aligned(DMARAID_BYTES);
	u8 status __aligned(DMARAID_BYTES);
};

static struct dmaraid *dmaraid_own;
static bool dmaraid_write;        /* the disk writes to memory */
static const u64 *dmaraid_target; /* NULL: memory of its own */
static u64 dmaraid_sector;
static bool dmaraid_done;

static int dmaraid_add(struct virtqueue *queue)
{
	struct scatterlist header, data, status, *all[] = {&header, &data, &status};

	sg_init_one(&header, &dmaraid_own->header, sizeof(dmaraid_own->header));
	sg_init_one(&data, dmaraid_own->data, DMARAID_BYTES);
	sg_init_one(&status, &dmaraid_own->status, 1);
	return virtqueue_add_sgs(queue, all, dmaraid_write ? 1 : 2, dmaraid_write ? 2 : 1,
	                         dmaraid_own, GFP_KERNEL);
}

/* Changes the data's address. The only request begins with descriptor 0. */
static void dmaraid_rewrite(struct virtio_device *disk, struct virtqueue *queue)
{
	struct vring_desc *desc = virtqueue_get_vring(queue)->desc;

	desc[virtio16_to_cpu(disk, desc[0].next)].addr = cpu_to_virtio64(disk, *dmaraid_target);
}

static bool dmaraid_failed(struct virtio_device *disk)
{
	return (disk->config->get_status(disk) & VIRTIO_CONFIG_S_NEEDS_RESET) != 0;
}

/* Waits for the disk's answer. True: it came, and the status tells which. */
static bool dmaraid_answered(struct virtio_device *disk, struct virtqueue *queue)
{
	unsigned long end = jiffies + 10 * HZ;
	unsigned int length;

	while (!dmaraid_failed(disk) && time_before(jiffies, end)) {
		if (virtqueue_get_buf(queue, &length))
			return true;
		cpu_relax();
	}
	return false;
}

static int dmaraid_try(struct virtio_device *disk, struct virtqueue *queue)
{
	memset(&dmaraid_own->header, 0, sizeof(dmaraid_own->header));
	dmaraid_own->header.type =
	    cpu_to_virtio32(disk, dmaraid_write ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT);
	dmaraid_own->header.sector = cpu_to_virtio64(disk, dmaraid_sector);
	dmaraid_own->status = DMARAID_NEVER;
	if (dmaraid_add(queue))
		return -EIO;
	if (dmaraid_target)
		dmaraid_rewrite(disk, queue);
	virtqueue_kick(queue);
	dmaraid_done = dmaraid_answered(disk, queue) && dmaraid_own->status == VIRTIO_BLK_S_OK;
	return 0;
}

/* ---- as the disk's driver ---- */

static void dmaraid_interrupt(struct virtqueue *queue)
{
}

/* Allows no indirect descriptors: their table would have to be changed, too. */
static int dmaraid_validate(struct virtio_device *disk)
{
	__virtio_clear_bit(disk, VIRTIO_RING_F_INDIRECT_DESC);
	return 0;
}

static int dmaraid_probe(struct virtio_device *disk)
{
	struct virtqueue *queue = virtio_find_single_vq(disk, dmaraid_interrupt, "requests");

	if (IS_ERR(queue))
		return (int)PTR_ERR(queue);
	virtio_device_ready(disk);
	return dmaraid_try(disk, queue);
}

static void dmaraid_remove(struct virtio_device *disk)
{
	struct virtqueue *queue;

	virtio_reset_device(disk);
	virtio_device_for_each_vq(disk, queue) virtqueue_detach_unused_buf(queue);
	disk->config->del_vqs(disk);
}

static const struct virtio_device_id dmaraid_ids[] = {{VIRTIO_ID_BLOCK, VIRTIO_DEV_ANY_ID}, {0}};

static struct virtio_driver dmaraid_driver = {
    .driver.name = "dmaraid",
    .driver.owner = THIS_MODULE,
    .id_table = dmaraid_ids,
    .validate = dmaraid_validate,
    .probe = dmaraid_probe,
    .remove = dmaraid_remove,
};

/* Becomes the disk's driver once, for one request. */
static bool dmaraid_once(bool write, const u64 *target, u64 sector)
{
	dmaraid_write = write;
	dmaraid_target = target;
	dmaraid_sector = sector;
	dmaraid_done = false;
	if (register_virtio_driver(&dmaraid_driver))
		return false;
	unregister_virtio_driver(&dmaraid_driver);
	return dmaraid_done;
}

static void dmaraid_address(int number)
{
	dmaraid_once(true, &dmaraid_at[number], 0);
	msleep(dmaraid_pause);
	dmaraid_once(false, &dmaraid_at[number], number + 1);
	msleep(dmaraid_pause);
}

static int __init dmaraid_init(void)
{
	int done;

	dmaraid_own = kzalloc(sizeof(*dmaraid_own), GFP_KERNEL);
	if (!dmaraid_own)
		return -ENOMEM;
	done = dmaraid_once(true, NULL, 0) + dmaraid_once(false, NULL, 0);
	pr_emerg("dmaraid: %d of 2 in its own memory\n", done);
	for (uint turn = 0; turn < dmaraid_again; turn++)
		for (int i = 0; i < dmaraid_count; i++)
			dmaraid_address(i);
	pr_emerg("dmaraid: %d addresses tried\n", dmaraid_count);
	return 0;
}

static void __exit dmaraid_exit(void)
{
	kfree(dmaraid_own);
}

module_init(dmaraid_init);
module_exit(dmaraid_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sends a virtio disk to foreign addresses");
