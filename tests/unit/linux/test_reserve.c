/* The file of kumiki-reserve, and the figures that are made of it. */
#include <fake_panel.h>
#include <find.h>
#include <plan.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unit.h>
#include <units.h>

#define MIB (UINT64_C(1) << 20)

static struct reserve reserve;
static struct reserve_plan plan;
static const char *root; /* of the test's own Linux */
static const struct reserve_machine machine = {.memory = 200 * MIB, .processes = 1000, .cpus = 0xf};

/* What is complained of; to be freed. */
static char *read_file(const char *text)
{
	char *said = NULL;
	size_t size = 0;
	FILE *complaints = open_memstream(&said, &size);

	assert_non_null(complaints);
	const bool good = reserve_read(&reserve, "f", text, strlen(text), complaints);

	assert_int_equal(fclose(complaints), 0);
	assert_int_equal(good, said[0] == '\0');
	return said;
}

static void reads(const char *text)
{
	char *said = read_file(text);

	assert_string_equal(said, "");
	free(said);
}

/* What the machine lacks; to be freed. */
static char *plan_file(const char *text)
{
	char *said = NULL;
	size_t size = 0;
	FILE *complaints = open_memstream(&said, &size);

	assert_non_null(complaints);
	reads(text);
	const bool good = reserve_plan(&plan, &reserve, "f", &machine, complaints);

	assert_int_equal(fclose(complaints), 0);
	assert_int_equal(good, said[0] == '\0');
	return said;
}

static void plans(const char *text)
{
	char *said = plan_file(text);

	assert_string_equal(said, "");
	free(said);
}

TEST(test_each_key)
{
	const struct reserve_entry *entry = &reserve.list[0];

	reads("# a comment\n\n[a]\n command=/bin/x 1 2 \r\nmemory = 32M\nmemory-ceiling = 1G\ncpu "
	      "= 60%\n"
	      "cpu-ceiling = 80%\ncores = 0,2-3\nalone = yes\noom = last\noom-together = yes\n"
	      "processes = 9\nio-ceiling = vda 4M, vdb 9\n[rest]\nmemory-ceiling = 512K");
	assert_int_equal(reserve.count, 1);
	assert_string_equal(entry->what, "/bin/x 1 2");
	assert_int_equal(entry->by, RESERVE_BY_COMMAND);
	assert_int_equal(entry->memory, 32 * MIB);
	assert_int_equal(entry->memory_ceiling, 1024 * MIB);
	assert_int_equal(entry->cpu, 60);
	assert_int_equal(entry->cpu_ceiling, 80);
	assert_int_equal(entry->cores, 0xd);
	assert_true(entry->alone && entry->together && entry->oom_given);
	assert_int_equal(entry->oom, -900);
	assert_int_equal(entry->processes, 9);
	assert_int_equal(entry->io_count, 2);
	assert_string_equal(entry->io[1].device, "vdb");
	assert_int_equal(entry->io[0].bytes, 4 * MIB);
	assert_int_equal(reserve.rest.memory_ceiling, 512 << 10);
}

TEST(test_mistakes)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"x = 1", "f:1: 'x' stands before the first section; begin one with [name]\n"},
	    {"[a]\nprogram = x\nfoo = 1", "f:3: [a] has no 'foo'; there are: command, program, "},
	    {"[rest]\nmemory = 1M",
	     "f:2: [rest] has no 'memory'; there are: memory-ceiling, cpu-ceiling, "},
	    {"[a]\nprogram = x\nwhat", "f:3: 'what' is neither [name] nor key = value\n"},
	    {"[a]\nmemory = 1M",
	     "f:1: [a] says not whom it is for; give it a command, program or unit\n"},
	    {"[a]\nprogram = x\nunit = y.service", "f:3: [a] says twice whom it is for"},
	    {"[a]\nprogram = x y", "f:2: 'x y' isn't one program"},
	    {"[a]\ncommand = x", "f:2: 'x' has no path"},
	    {"[a]\nprogram = x\nuser = a b", "f:3: 'a b' is no user; write a name or number\n"},
	    {"[a]\ncommand = /x\nuser = y", "f:1: [a] has a user, but no program; leave it out\n"},
	    {"[a]\nunit = x", "f:2: 'x' is no unit"},
	    {"[a]\nunit = x.scope", "f:2: 'x.scope' is no unit"},
	    {"[a]\nprogram = x\n[a]\nprogram = y", "f:3: [a] stands twice"},
	    {"[rest]\n[rest]", "f:2: [rest] stands twice"},
	    {"[a b]\nprogram = x", "f:1: 'a b' is no name of a section"},
	    {"[..]\nprogram = x", "f:1: '..' is no name of a section"},
	    {"[kumiki-reserve]\nprogram = x", "f:1: [kumiki-reserve] is kumiki-reserve itself"},
	    {"[a]\nprogram = x\nprogram = y",
	     "f:3: 'program' stands twice in [a]; leave one out\n"},
	    {"[a]\nprogram =", "f:2: 'program' has no value"},
	    {"[a]\nprogram = x\nmemory = 0", "f:3: '0' is no size"},
	    {"[a]\nprogram = x\nmemory = 9MB", "f:3: '9MB' is no size"},
	    {"[a]\nprogram = x\nmemory = 99999999T", "f:3: '99999999T' is no size"},
	    {"[a]\nprogram = x\ncpu = 5", "f:3: '5' is no share of the CPUs; write 1% to 90%\n"},
	    {"[a]\nprogram = x\ncpu = 91%", "f:3: '91%' is no share"},
	    {"[a]\nprogram = x\ncores = 3-1", "f:3: '3-1' is no list of CPUs"},
	    {"[a]\nprogram = x\ncores = 64", "f:3: '64' is no list of CPUs"},
	    {"[a]\nprogram = x\ncores = 1,", "f:3: '1,' is no list of CPUs"},
	    {"[a]\nprogram = x\nalone = yes", "f:1: [a] is alone, but on which cores"},
	    {"[a]\nprogram = x\nalone = on", "f:3: 'on' is neither yes nor no"},
	    {"[a]\nprogram = x\noom = 1001", "f:3: '1001' is no place"},
	    {"[a]\nprogram = x\nio-ceiling = ../x 4M", "f:3: a ceiling of I/O is a disk and bytes"},
	    {"[a]\nprogram = x\nio-ceiling = a 1,b 1,c 1,d 1,e 1", "f:3: more than 4 disks"},
	    {"[a]\nprogram = x\nprocesses = 0", "f:3: '0' is no number of processes"},
	    {"[a]\nprogram = x\nmemory = 2M\nmemory-ceiling = 1M",
	     "f:1: [a] has a memory-ceiling below"},
	    {"[a]\nprogram = x\ncpu = 2%\ncpu-ceiling = 1%", "f:1: [a] has a cpu-ceiling below"},
	    {"[a]\nprogram = x\ncpu = 60%\n[b]\nprogram = y\ncpu = 31%",
	     "f:4: all sections have 91%"},
	    {"[a]\nx\ny", "f:2: 'x' is neither [name] nor key = value\nf:3: 'y' is neither"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *said = read_file(cases[i].text);

		if (strncmp(said, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("'%s' is answered: %s", cases[i].text, said);
		free(said);
	}
}

TEST(test_the_rest_gets_what_no_section_has)
{
	plans("[a]\nprogram = x\ncpu = 60%\nmemory = 32M\ncores = 3\nalone = yes\n[b]\nprogram = "
	      "y\n");
	assert_int_equal(plan.rest_memory, 200 * MIB - 32 * MIB - RESERVE_OWN_MEMORY);
	assert_int_equal(plan.all_memory, 32 * MIB + RESERVE_OWN_MEMORY);
	assert_int_equal(plan.rest_cores, 0x7);
	assert_int_equal(plan.cores[0], 0x8);
	assert_int_equal(plan.cores[1], 0x7);
	assert_int_equal(plan.rest_processes, 750);
	assert_int_equal(plan.weight[0], 60);
	assert_int_equal(plan.weight[1], 20);
	assert_int_equal(plan.rest_weight, 20);
	assert_int_equal(plan.all_weight, 81); /* with kumiki-reserve itself */
}

TEST(test_the_rest_may_be_bound_more)
{
	plans("[rest]\nmemory-ceiling = 64M\nprocesses = 50\ncores = 0-1\n");
	assert_int_equal(plan.rest_memory, 64 * MIB);
	assert_int_equal(plan.rest_processes, 50);
	assert_int_equal(plan.rest_cores, 0x3);
	plans("[rest]\nmemory-ceiling = 4G\n");
	assert_int_equal(plan.rest_memory, 200 * MIB - RESERVE_OWN_MEMORY);
}

TEST(test_more_than_there_is)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"[a]\nprogram = x\nmemory = 100M\n[b]\nprogram = y\nmemory = 81M",
	     "f:4: up to here 185 MiB are reserved, but this Linux has 200 MiB, of which the "
	     "rest "},
	    {"[a]\nprogram = x\ncores = 4-7",
	     "f:1: [a] has cores that this Linux lacks; change them\n"},
	    {"[a]\nprogram = x\ncores = 1\nalone = yes\n[b]\nprogram = y\ncores = 0-1",
	     "f:5: [b] has cores that another section has alone; change them\n"},
	    {"[a]\nprogram = x\ncores = 0-3\nalone = yes", "f: no core is left for the rest"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *said = plan_file(cases[i].text);

		if (strncmp(said, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("'%s' is answered: %s", cases[i].text, said);
		free(said);
	}
}

/* Reads a unit, compares it, and removes it. */
static void check_unit(const char *folder, const char *name, const char *text)
{
	char path[256], found[4096];
	size_t size;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	assert_non_null(file);
	size = fread(found, 1, sizeof(found) - 1, file);
	found[size] = '\0';
	assert_int_equal(fclose(file), 0);
	assert_int_equal(unlink(path), 0);
	/* The first line says where it is from. */
	assert_string_equal(strchr(found, '\n') + 1, text);
}

TEST(test_units_of_systemd)
{
	char folder[] = "/tmp/unit-reserve-XXXXXX", path[256];
	static const char *const folders[] = {"multi-user.target.wants/kumiki-a.service",
	                                      "multi-user.target.wants",
	                                      "x.service.d",
	                                      "system.slice.d",
	                                      "user.slice.d",
	                                      ""};

	plans("[a]\ncommand = /bin/x $a  5% \"b ; c\\\ncpu = 50%\ncpu-ceiling = 75%\nmemory = "
	      "32M\ncores = "
	      "1,3\nalone = yes\n"
	      "oom = last\noom-together = yes\nprocesses = 9\nio-ceiling = vda 512\n"
	      "[b]\nunit = x.service\nmemory-ceiling = 64M\n");
	assert_non_null(mkdtemp(folder));
	assert_true(units(folder, "/f", &reserve, &plan, stderr));
	assert_true(
	    units(folder, "/f", &reserve, &plan, stderr)); /* once more, over the first ones */
	check_unit(folder, "kumiki.slice",
	           "[Unit]\nDescription=What is reserved\nSourcePath=/f\nBefore=slices.target\n"
	           "[Slice]\nCPUWeight=76\nMemoryMin=37748736\n");
	check_unit(
	    folder, "kumiki-a.service",
	    "[Unit]\nDescription=a, with what is reserved for "
	    "it\nSourcePath=/f\nStartLimitIntervalSec=0\n"
	    "[Service]\nRestart=always\nRestartSec=1\nExecStart=:\"/bin/x\" \"$a\" "
	    "\"5%%\" \"\\\"b\" \";\" \"c\\\\\"\nSlice=kumiki.slice\n"
	    "CPUWeight=50\nMemoryMin=33554432\nTasksMax=9\nOOMScoreAdjust=-900\nOOMPolicy=kill\n"
	    "AllowedCPUs=1 3 \nCPUQuota=300%\nIOReadBandwidthMax=/dev/vda 512\n"
	    "IOWriteBandwidthMax=/dev/vda 512\n");
	check_unit(
	    folder, "x.service.d/50-kumiki-reserve.conf",
	    "[Service]\nSlice=kumiki.slice\nCPUWeight=25\nMemoryMax=67108864\nAllowedCPUs=0 2 \n");
	for (int i = 0; i < 2; i++)
		check_unit(
		    folder,
		    i == 0 ? "system.slice.d/50-kumiki-reserve.conf"
		           : "user.slice.d/50-kumiki-reserve.conf",
		    "[Slice]\nCPUWeight=13\nMemoryMax=171966464\nTasksMax=750\nAllowedCPUs=0 2 \n");
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, folders[i]);
		assert_int_equal(remove(path), 0);
	}
}

/* ---- over a Linux of the test's own ---- */

/* Writes a file, and makes the folders that it is in. */
static void put(const char *path, const char *text)
{
	char folder[256];

	for (const char *end = strchr(path + 1, '/'); end != NULL; end = strchr(end + 1, '/')) {
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(end - path), path);
		(void)mkdir(fake_tree_path(folder), 0755);
	}
	fake_tree_write(path, text, strlen(text));
}

/* The files that the kernel has in a group, and one that says what is in memory. */
static void put_group(const char *group, const char *memory)
{
	static const char *const files[] = {"cgroup.procs", "cpu.max",    "cpu.weight", "io.max",
	                                    "memory.max",   "memory.min", "pids.max"};
	char path[256];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/%s", group, files[i]);
		put(path, "");
	}
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/memory.stat", group);
	put(path, memory);
}

static void fake_tree_start(void)
{
	root = fake_tree_make();
}

static void put_machine(void)
{
	put("/proc/meminfo", "MemTotal: 999 kB\nMemAvailable: 102400 kB\n");
	put("/proc/sys/kernel/threads-max", "2000\n");
	put("/proc/sys/kernel/pid_max", "1000\n");
	put("/sys/devices/system/cpu/present", "0-1\n");
}

/* What the kernel's own memory has back is available; what other slices have isn't to be given. */
TEST_WITH(test_what_slices_hold_is_there_to_be_given, fake_tree_start, fake_tree_remove)
{
	char file[256], folder[256], found[4096];
	char *arguments[] = {"kumiki-reserve", "units", folder, file, NULL};

	put_machine();
	put("/run/systemd/system/x", "");
	put("/units/x", "");
	put("/reserve", "[a]\nunit = x.service\nmemory = 32M\n");
	put_group("kumiki.slice", "anon 1\nfile 7\nkernel 60\nshmem 3\nslab_reclaimable 20\n");
	put_group("system.slice", "anon 100\nshmem 0\n");
	put_group("user.slice", "anon 1000\n");
	put_group("machine.slice", "anon 50000\n");
	(void)snprintf(file, sizeof(file), "%s", fake_tree_path("/reserve"));
	(void)snprintf(folder, sizeof(folder), "%s", fake_tree_path("/units"));
	assert_int_equal(reserve_main(4, arguments, root, stdout, stderr), 0);
	found[fake_tree_read("/units/user.slice.d/50-kumiki-reserve.conf", found,
	                     sizeof(found) - 1)] = '\0';
	assert_non_null(strstr(found, "\nMemoryMax=67110008\n")); /* 64 MiB and 1144 bytes */
}

TEST_WITH(test_a_ceiling_that_is_gone_counts_no_more, fake_tree_start, fake_tree_remove)
{
	static const char *const groups[] = {"", "reserved", "reserved/kumiki-reserve",
	                                     "reserved/a", "rest"};
	static const char gone[] = "8:16 rbps=max wbps=max riops=max wiops=max";
	char found[256];

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		put_group(groups[i], "");
	put("/sys/fs/cgroup/cgroup.controllers", "");
	put("/sys/fs/cgroup/reserved/a/io.max", "8:16 rbps=4096 wbps=4096 riops=max wiops=max\n");
	plans("[a]\nprogram = x\nmemory = 1M\n");
	assert_true(reserve_groups(&plan, &reserve, root, stderr));
	(void)fake_tree_read("/sys/fs/cgroup/reserved/a/io.max", found, sizeof(found));
	assert_memory_equal(found, gone, strlen(gone));
}

/* A process of the test's own Linux, whose program is this file. */
static void put_process(const char *process, const char *program, const char *name)
{
	char path[64], file[256];

	(void)snprintf(path, sizeof(path), "/proc/%s/comm", process);
	put(path, name);
	(void)snprintf(path, sizeof(path), "/proc/%s/exe", process);
	(void)snprintf(file, sizeof(file), "%s", fake_tree_path(program));
	assert_int_equal(symlink(file, fake_tree_path(path)), 0);
}

/* Another file of the same path isn't the program; the same file by another path is. */
TEST_WITH(test_a_path_names_a_file, fake_tree_start, fake_tree_remove)
{
	char program[256];

	put("/bin/sampler", "");
	put("/bin/other", "");
	(void)snprintf(program, sizeof(program), "%s", fake_tree_path("/bin/sampler"));
	assert_int_equal(link(program, fake_tree_path("/bin/alias")), 0);
	put_process("7", "/bin/sampler", "x\n");
	put_process("8", "/bin/alias", "x\n");
	put_process("9", "/bin/other", "named\n");
	put("/proc/10/comm", "named\n"); /* the kernel's own */
	reads("[a]\nprogram = /nowhere\n[b]\nprogram = /bin/sampler\n[c]\nprogram = named\n");
	assert_int_equal(find_section(&reserve, root, 7), 1);
	assert_int_equal(find_section(&reserve, root, 8), 1);
	assert_int_equal(find_section(&reserve, root, 9), 2);
	assert_int_equal(find_section(&reserve, root, 10), FIND_GONE);
	assert_int_equal(unlink(program), 0);
	put("/bin/sampler", "");
	assert_int_equal(find_section(&reserve, root, 8), FIND_NOBODY);
}

TEST_WITH(test_a_user_is_named, fake_tree_start, fake_tree_remove)
{
	char path[64], status[64], *said;
	size_t size;
	FILE *err = open_memstream(&said, &size);

	put("/bin/sampler", "");
	put("/etc/passwd", "root:x:0:0::/:/bin/sh\nsam:x:1001:1::/:/bin/sh\n");
	for (int user = 0; user < 3; user++) { /* the processes 1000 to 1002 */
		static const int numbers[] = {0, 1001, 1002};

		(void)snprintf(path, sizeof(path), "%d", 1000 + user);
		put_process(path, "/bin/sampler", "sampler\n");
		(void)snprintf(path, sizeof(path), "/proc/%d/status", 1000 + user);
		(void)snprintf(status, sizeof(status), "Name:\tsampler\nUid:\t%d\t0\t0\t0\n",
		               numbers[user]);
		put(path, status);
	}
	reads("[a]\nprogram = /bin/sampler\nuser = sam\n[b]\nprogram = sampler\nuser = 1002\n");
	assert_true(find_users(&reserve, "f", root, stderr));
	for (int user = 0; user < 3; user++)
		assert_int_equal(find_section(&reserve, root, 1000 + user), user == 2);
	assert_int_equal(find_user(root, 1001), 1001);
	assert_int_equal(find_user(root, 1003), UINT32_MAX);
	reads("[a]\nprogram = /bin/sampler\nuser = tom\n");
	assert_false(find_users(&reserve, "f", root, err));
	assert_int_equal(fclose(err), 0);
	assert_string_equal(said, "f:1: [a] is for user 'tom', who isn't in /etc/passwd; write the "
	                          "number\n");
	free(said);
}
