CREATE EXTENSION citext;
CREATE TYPE public.priority AS ENUM ('low', 'normal', 'urgent');
CREATE DOMAIN public.email_address AS citext CHECK (VALUE ~ '^[^@ ]+@[^@ ]+$');
CREATE TYPE public.address AS (street text, town text);
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_at := now();
  RETURN NEW;
END $$;
CREATE FUNCTION public.is_late(p public.priority, since timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT now() - since > CASE p WHEN 'urgent'::public.priority THEN interval '1 hour' ELSE interval '2 days' END
$$;
CREATE FUNCTION public.slug(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN lower(replace(t, ' ', '-'));
CREATE TABLE public.languages (code char(2) PRIMARY KEY, name text NOT NULL UNIQUE);
COMMENT ON TABLE public.languages IS 'The same for every customer.';
CREATE TABLE public.agents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email public.email_address NOT NULL UNIQUE,
  "fullName" character varying(80) DEFAULT 'it''s me'::character varying NOT NULL,
  lives public.address,
  language char(2) REFERENCES public.languages(code),
  changed_at timestamp with time zone DEFAULT now() NOT NULL
);
COMMENT ON COLUMN public.agents.email IS 'Where they are written to.';
CREATE TABLE public.tickets (
  id serial PRIMARY KEY,
  agent_id bigint REFERENCES public.agents(id) ON DELETE CASCADE,
  title text NOT NULL,
  slug text GENERATED ALWAYS AS (public.slug(title)) STORED,
  priority public.priority DEFAULT 'normal'::public.priority NOT NULL,
  opened_at timestamptz DEFAULT now() NOT NULL,
  changed_at timestamptz DEFAULT now() NOT NULL,
  tags text[] DEFAULT '{}'::text[] NOT NULL,
  CONSTRAINT tickets_title_check CHECK (length(title) < 200)
);
CREATE UNIQUE INDEX tickets_slug_once ON public.tickets (slug) WHERE priority <> 'low';
CREATE INDEX tickets_by_agent ON public.tickets (agent_id, opened_at DESC);
CREATE INDEX tickets_tags ON public.tickets USING gin (tags);
CREATE TABLE public.events (
  ticket_id integer NOT NULL,
  at timestamptz NOT NULL,
  what text NOT NULL,
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE public.events_2026 PARTITION OF public.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE public.events_rest PARTITION OF public.events DEFAULT;
CREATE INDEX events_by_ticket ON public.events (ticket_id, at);
ALTER TABLE public.events ADD FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);
CREATE TRIGGER touch_agents BEFORE UPDATE ON public.agents FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TRIGGER touch_tickets BEFORE UPDATE OF title, priority ON public.tickets FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION public.touch();
CREATE VIEW public.late_tickets WITH (security_invoker=true) AS
  SELECT t.id, t.title, a."fullName" AS agent FROM public.tickets t LEFT JOIN public.agents a ON a.id = t.agent_id WHERE public.is_late(t.priority, t.opened_at);
CREATE VIEW public.urgent WITH (security_invoker=true) AS SELECT * FROM public.late_tickets WHERE title <> '';
CREATE FUNCTION public.open_tickets(of_agent bigint) RETURNS SETOF public.tickets LANGUAGE sql STABLE AS $$ SELECT * FROM public.tickets WHERE agent_id = of_agent $$;
CREATE ROLE app_user;
GRANT SELECT, INSERT ON public.tickets TO app_user;
