"""Every test has a home of its own; model files are kept where the user keeps them, so that they are fetched once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.settings import Settings, default_settings

MODELS = Settings().models_folder

# Folders and files whose tests draw faces, start servers or hold whole commands: `make test-fast` leaves them out. A
# single slow test says so itself: `@pytest.mark.slow`.
SLOW = (
    "attacks/",
    "campaign/",
    "contract/",
    "end_to_end/",
    "head/test_game_head.py",
    "kiosk/",
    "permission/ledger/test_writers.py",
    "project/test_thin_install.py",
    "likeness/",
    "marking/test_containers.py",
    "marking/test_keys_command.py",
    "marking/test_manifest.py",
    "marking/test_prior_marks.py",
    "marking/test_prior_sound.py",
    "marking/test_sounds.py",
    "marking/test_stills.py",
    "marking/test_video.py",
    "performance/test_perform_command.py",
    "permission/test_cli_permission.py",
    "permission/test_grant_handover.py",
    "permission/test_grant_takes.py",
    "permission/test_matching.py",
    "server/",
    "speech/",
    "render/swap/",
    "permission/liveness_check/",
    "tryon/",
    "cli/test_command_line.py",
    "verify/",
    "marks/watermark/",
)
# Tests of ten seconds and more beside which a shorter one of the same kind stays in `make test`: `make soak` has them.
SOAK = (
    "attacks/test_synthetic_for_someone.py::test_a_persona_s_own_statement_excuses_no_likeness",
    "attacks/test_other_faces.py::test_a_morph_out_and_back_between_two_looks_is_not_redrawn[6",
    "likeness/test_permission.py::TestSwapping::test_with_both_grants",
    "permission/test_cli_permission.py::test_signing_asks_first_and_asks_for_no_more",
    "marking/test_render_id.py::test_animate_names_what_it_made",
    "persona/test_portrait.py::test_seeds_are_other_people_and_a_turned_head_is_the_same",
    "permission/liveness_check/test_take.py::test_what_animate_makes_is_refused",
    "kiosk/test_showing.py::test_a_sealed_copy_of_the_take_goes_with_it",
    "kiosk/test_showing.py::test_a_template_that_was_here_before_and_a_take_that_is_kept",
    "kiosk/test_showing.py::test_what_cannot_be_deleted_is_told_and_tried_again",
    "performance/test_perform_command.py::test_animate_from_a_take",
    "likeness/test_coverage.py::test_no_pixel_of_anybody_can_get_into_the_sheet",
    "attacks/test_uses_and_ends.py::test_a_recording_that_has_no_use_left_does_not_cost_the_session_one[1-1",
    "persona/test_making.py::test_a_person_is_no_product",
    "persona/test_making.py::test_a_series_goes_on_where_it_was",
    "persona/test_making.py::test_a_series_has_a_clip_whose_words_are_meant",
    "persona/test_making.py::test_a_shot_is_marked_and_still_the_persona",
    "persona/test_search.py::test_another_draw_where_the_first_is_somebody_here",
    "attacks/test_other_faces.py::test_a_clip_mostly_of_somebody_else_is_asked_about_them",
    "end_to_end/test_animate.py::test_faces_are_listed_and_chosen",
    "kiosk/test_showing.py::test_stopped_from_outside[9",
    "permission/test_cli_permission.py::test_one_render_is_one_use_and_a_revoked_grant_none",
    "render/swap/test_command.py::test_a_picture_is_swapped_too",
    "verify/test_command.py::test_what_was_made_from_something_marked",
    "attacks/test_several_people.py::test_speakers_who_cross",
    "attacks/test_several_people.py::test_who_has_no_grant",
    "attacks/test_several_people.py::test_every_permission",
    "attacks/test_several_people.py::test_the_second_person_is_not_had_under_the_firsts_grant[none",
    "attacks/test_several_people.py::test_the_second_person_is_not_had_under_the_firsts_grant[another",
    "attacks/test_several_people.py::test_the_second_person_is_not_had_under_the_firsts_grant[two",
    "attacks/test_synthetic_for_someone.py::test_another_recipe_or_none_is_refused[recipe3",
    "marking/test_asset_rubric.py::test_the_rubric_passes[mp4",
    "attacks/test_changed_files.py::test_a_file_exchanged_while_frames_are_drawn_leaves_nothing",
    "attacks/test_label_on_the_real.py::test_a_film_that_is_redrawn_from_its_middle",
    "attacks/test_live_strangers.py::test_who_steps_in_before_the_camera",
    "attacks/test_other_faces.py::test_a_morph_out_and_back_between_two_looks_is_not_redrawn[3]",
    "attacks/test_other_faces.py::test_a_slow_dissolve_into_somebody_else_ends_the_drawing",
    "attacks/test_other_faces.py::test_whichever_face_of_a_picture_is_chosen[sizes1-eileen",
    "attacks/test_random_jobs.py::test_some_jobs[plan0]",
    "attacks/test_unasked.py::test_marks_are_looked_for_in_further_views_of_a_head",
    "campaign/test_command.py::test_versions_are_made_marked_reported_and_not_made_twice",
    "end_to_end/test_animate.py::test_frames_without_a_face_are_bridged",
    "likeness/test_permission.py::TestSwapping::test_what_still_stands_leaves",
    "market/test_renders.py::test_the_notice_is_heard_at_the_start_and_again",
    "permission/test_grant_takes.py::test_a_request_is_answered_before_the_camera",
    "render/swap/test_person.py::test_cuts_to_somebody_else_are_left_alone",
    "server/test_looks.py::test_a_preview_is_marked_and_forbidden_purposes_have_none",
    "tryon/test_recipe.py::test_a_clip_keeps_what_is_not_surely_the_person",
    "verify/test_hostile.py::test_frames_that_claim_to_be_enormous",
    "attacks/test_changed_files.py::test_a_plate_exchanged_is_not_redrawn[after",
    "attacks/test_claims_as_facts.py::test_a_name_that_a_certificate_gives_itself",
    "attacks/test_killed.py::test_killed_at_every_step[.png]",
    "attacks/test_killed.py::test_signals_that_can_be_caught_leave_nothing[SIGHUP]",
    "attacks/test_mark_taken_away.py::test_a_manifest_names_the_sounds_mark_only_where_it_is_heard[mp4]",
    "attacks/test_other_faces.py::test_a_stranger_cut_into_a_clip_is_never_redrawn[ggggggggggggggggg",
    "attacks/test_other_faces.py::test_whichever_face_of_a_picture_is_chosen[sizes0",
    "attacks/test_prior_marks_hidden.py::test_a_marked_picture_under_any_name[a.txt-plate]",
    "attacks/test_prior_marks_hidden.py::test_a_marked_picture_under_any_name[a.mp4-source]",
    "campaign/test_run.py::test_a_ray_cluster_makes_the_same_and_survives_a_killed_task",
    "campaign/test_swap.py::test_a_run_swaps_and_is_marked_like_anything_else",
    "end_to_end/test_dub.py::test_a_script_longer_than_the_clip_is_cut_with_a_warning",
    "end_to_end/test_dub.py::test_bad_input",
    "end_to_end/test_dub.py::test_somebodys_voice_is_a_likeness_to_be_granted",
    "end_to_end/test_dub.py::test_the_others_and_shots_without_the_face_are_left_bit_for_bit",
    "end_to_end/test_speak.py::test_a_clip_is_dubbed_to_a_recording",
    "kiosk/test_showing.py::test_an_output_that_is_deleted_when_it_was_shown",
    "kiosk/test_showing.py::test_broken_off_while_drawing[error",
    "kiosk/test_showing.py::test_broken_off_while_drawing[KeyboardInterrupt",
    "kiosk/test_showing.py::test_two_showings_of_one_visitor_at_once",
    "kiosk/test_showing.py::test_a_full_disk_or_a_ledger_that_cannot_be_written",
    "speech/listening/test_paths.py::test_a_known_row_is_placed_as_trying_all_ways_places_it",
    "marking/test_live.py::test_what_a_viewer_records_and_encodes_again_is_read_by_verify[h264]",
    "marking/test_prior_marks.py::test_a_marked_video_as_a_plate",
    "marking/test_prior_marks.py::test_the_first_mark_outlives_the_second[plate]",
    "permission/test_grant_handover.py::test_on_the_command_line",
    "permission/test_grant_takes.py::test_ones_own_face",
    "server/test_campaigns.py::test_a_missing_permission_is_told",
    "server/test_pages.py::test_consent_on_a_phone[device]",
    "server/test_described.py::test_whatever_is_sent_is_answered_as_described[all]",
    "server/test_workers.py::test_the_server_killed_takes_its_workers_along_and_loses_nothing",
    "render/swap/test_command.py::test_somebody_is_made_older_with_their_own_grant",
    "permission/liveness_check/test_take.py::test_a_photograph_before_the_camera_is_refused",
    "cli/test_command_line.py::test_a_verdict_in_letters_that_a_terminal_lacks",
    "cli/test_command_line.py::test_terminals_without_our_letters[ascii]",
    "marks/watermark/test_mark.py::test_another_key_finds_nothing_and_two_keys_live_together",
    "marks/watermark/test_mark.py::test_a_second_mark_takes_a_free_slot",
    "marks/watermark/test_mark.py::test_found_in_a_screen_that_was_filmed_at_an_angle",
)
QUICK = (
    "campaign/test_plan.py",
    "server/test_queue.py",
    "server/test_retention.py",
    "verify/test_parsers.py",
    "verify/test_sentences.py",
)

# A shell ignores Ctrl-C for what runs in its background, and programs inherit that: then it could not be tested.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what SLOW and SOAK name."""
    here = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(here).as_posix()
        if place.startswith(SLOW) and place not in QUICK:
            item.add_marker(pytest.mark.slow)
        if item.nodeid.removeprefix("tests/").startswith(SOAK):
            item.add_marker(pytest.mark.soak)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """COUNTENANCE_HOME in a temporary folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("COUNTENANCE_HOME", str(home))
    monkeypatch.setenv("COUNTENANCE_MODELS", str(MODELS))
    default_settings.cache_clear()
    yield home
    default_settings.cache_clear()
