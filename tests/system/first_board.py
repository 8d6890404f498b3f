"""The system tests that don't run on the second board, and what each of them needs that this board lacks. test_porting.py checks
that each test without the marks every_board and boards_long stands here."""

from collections import namedtuple

# What is missing there, and the tests that need it, as patterns.
Missing = namedtuple("Missing", "what tests")

ON_FIRST_BOARD_ALONE = [
    Missing("PCI and an SMMU", """
        test_dma test_pci_* test_linux_pci test_raid test_idle test_kdump test_merged test_readme test_msi
        """),
    Missing("PCI, so a panel: by that alone an unmodified Linux hears of a core that it is to give", """
        test_panel* test_page_inside test_cores
        """),
    Missing("a PL031 clock, and so what of the RTOS wants one", """
        test_owns_the_boards_uart_and_clock test_rtos_clock test_rtos_desk test_rtos_templates
        test_rtos_newcomer test_realtime_* test_timers_* test_shell_*
        """),
    Missing("a third and a fourth core", """
        test_cores_races test_power_kept test_asked_without_end
        """),
    Missing("eight cores", "test_eight_cpus*"),
    Missing("the PMU's interrupt: QEMU doesn't connect it there", """
        test_counters_and_breakpoints_are_everybodys_own test_at_work_with_counters_*
        """),
    Missing("flash", """
        test_its_devices_are_in_order test_distributor_* test_redistributor_never_wakes
        """),
    Missing("a second GIC: this machine has one, with two security states, in all tests", """
        test_older_gic test_two_security_states
        """),
    Missing("a second page of virtio-mmio: devices of two partitions", "test_two_linuxes"),
    Missing("fw-cfg: a device that answers no table walk", "test_a_table_walk_that_nobody_answers"),
    Missing("a source of seeds: one in the firmware's tree, or RNDR", """
        test_each_guest_has_its_own test_each_start_has_its_own test_the_cpus_own_generator_is_used
        test_the_firmwares_seed_is_gone
        """),
    Missing("a bare machine that starts at EL1, to compare with: this one starts at EL2", """
        test_bare test_headerless_bare test_without_a_pmu_bare test_every_system_register test_boot_to_prompt
        test_rtos_start test_rtos_text test_bare_it_says_so_and_goes_off test_files_without_sums
        """),
    Missing("a choice of CPU types: the machine has one", """
        test_frame_cpus test_a_cpu_with_every_feature test_without_a_pmu
        """),
    Missing("a U-Boot: Debian has none for this board", "test_uboot* test_boot_loader"),
    Missing("nothing: it brings a board of its own, or goes to this one by itself", """
        test_speeds test_unlike test_any_other_system_starts test_started_at_el2
        """),
    Missing("nothing: it is about the host's programs, which are the same", """
        test_board test_board_trees test_porting test_costs test_description test_docs test_figures test_fuzz test_pack test_picture test_run
        test_soak test_time test_trace_formats test_mistakes test_no_core test_no_trace
        test_no_link test_a_closed_output_is_no_link test_print_shows_the_command test_wrong_use test_in_place_on_a_terminal
        test_one_table_after_the_other test_terminal_is_restored test_console_ends_with_the_machine
        test_a_client_that_went_amid_a_frame test_it_says_that_nobody_reads_it test_json test_release test_status
        test_fs_command test_editors test_periodic test_install test_mutants test_measures test_page test_page_users
        test_series test_page_found test_doctor test_remote
        """),
    Missing("nothing: it is about the frame's recovery and exchange, which are the same; a case of each runs on both", """
        test_frame_recovery test_frame_text test_frame_campaign test_frame_random_damage test_frame_hang test_frame_gives_up test_frame_timers
        test_frame_ahead test_frame_derived test_frame_stands test_frame_lost test_frame_unharmed test_frame_stage2 test_frame_entries test_update test_update_swap test_update_updater
        test_service_damage
        """),
    Missing("nothing: it is about the services, which are the same", """
        test_hub test_json_running test_service_hang test_service_text test_the_last_one_takes_the_machine_with_it test_a_guest_alone_waits_unseen
        """),
    Missing("nothing: it names its board itself", "test_gicv2 test_boards test_board_watchdog test_console_16550 test_doctor"),
    Missing("other machines to start: QEMU's virt has a choice of memory, GIC, SMMU and cores", "test_frame_machine"),
    Missing("PCI, and a virtio-mmio slot for a disk beside it", """
        test_rtos_net test_rtos_nvme test_rtos_diskfs test_rtos_mapped test_gateway test_gateway_attack test_channel_store test_channel_boot
        test_channel_netboot test_channel_route test_channel_kexec test_kills
        """),
    Missing("nothing: these were tried on the first board alone", """
        test_channels test_channel_console test_channel_disk test_channel_entropy test_channel_rtos test_channel_hostile test_frame_reset test_damage_in_a_running_server test_watching
        test_watching_rtos test_watchers test_reserve test_logs test_fleet test_mqtt
        test_damage_beside_another_partition
        test_rules test_mending test_damages test_watches test_wrecks test_prevention test_prevention_devices test_ladder test_shown test_sites test_no_packet_comes_to_a_halted_partition
        test_a_flooding_senders_broker_stops_with_its_limit
        """),
    Missing("nothing: it is the first board's by its text, or long", """
        test_a_terminal_sees_deadlines_in_time_that_shows_them test_tutorial test_rtos_campaign test_rtos_faults test_rtos_waits test_rtos_disk_load test_debian test_systems_page test_disk_full test_rtos_kernel_crash
        """),
]
