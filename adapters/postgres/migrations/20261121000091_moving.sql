-- migrate:up

-- Moves a checkpoint on from where its follower left it: from anywhere between `since` and `left_at`, for over what is
-- nothing to a follower its checkpoint is moved only now and then. Where it is elsewhere, all that came with this is undone.
create function followers.move(_follower text, _log smallint, _since bigint, _left_at bigint, _until bigint)
returns void language plpgsql as $$
begin
  update followers.checkpoints set position = _until, at = clock_timestamp()
  where follower = _follower and log = _log and position between _since and _left_at;
  if not found then
    raise exception 'the checkpoint of % is elsewhere', _follower using errcode = 'LOST1';
  end if;
end $$;

revoke execute on function followers.move from public;
grant execute on function followers.move to annals_projector;

-- migrate:down

drop function followers.move;
