"""What the keys and tokens of services look like, as each service documents it."""

from __future__ import annotations

from typing import Final

CERTAIN: Final = (
    # DigitalOcean, Shopify, Heroku, PyPI, RubyGems, Render, Vercel, Netlify, Tailscale, Fly
    r"do[opr]_v1_|shp(?:at|ca|pa|ss)_|HRKU-|pypi-|rubygems_|rnd_|vc[piark]_|nf[pcobu]_|tskey-[a-z]{3,12}-|fm[12][ar]?_"
    # services of models: Groq, xAI, Perplexity, Replicate, NVIDIA, Tavily, Cerebras, LangSmith, Pinecone,
    # Together, Cursor, Firecrawl, E2B, Hugging Face, OpenAI's sessions and ephemeral keys
    r"|gsk_|xai-|pplx-|r8_|nvapi-|tvly-|csk-|lsv2_[a-z]{2}_|pcsk_|tgp_v1_|crsr_|fc-|e2b_|api_org_|sess-|ek_"
    # Sentry, Linear, Notion, Figma, Supabase, Doppler, Vault, Terraform, Grafana, GitLab, Docker, Atlassian
    r"|sntry[su]_|lin_api_|ntn_|fig[du]_|sbp_|sb_secret_|dp\.[a-z]{2}\.|hv[sbr]\.|[A-Za-z0-9]{14}\.atlasv1\."
    r"|gls?[ac]_|gl[a-z]{2,5}-|dckr_[a-z]{3}_|AT[AC]TT3|ATBB"
    # Stripe, Postman, New Relic, age, PlanetScale, Google, Neon, PostHog, Pulumi, Sonar, Buildkite, CircleCI
    r"|whsec_|PMAK-|NRAK-|AGE-SECRET-KEY-|pscale_[a-z]{2,6}_|ya29\.|1//0|GOCSPX-|napi_|ph[xc]_|pul-|sq[apu]_"
    r"|bk[a-z]{1,3}_|CCI(?:PAT|PRJ)_|ops_eyJ"
)
"""What begins no word of any language, whatever follows."""

WORDLIKE: Final = (
    # Databricks, Mailgun, SendGrid, Twilio, Fireworks, older ones of Notion, Facebook and Square
    r"dapi|key-|SG\.|SK|fw_|secret_|EAA"
    # Amazon Bedrock, Brave, Airtable, Dropbox, Infisical, Cloudflare, NuGet, crates.io
    r"|ABSK|BSA|pat(?=[A-Za-z0-9]{14}\.)|sl\.|st\.|v1\.0-|oy2|cio"
)
"""What may begin a word as well: there, a long run of letters and digits must follow."""

ELSEWHERE: Final = (
    # Discord's bots, X (Twitter), Mailchimp, PayPal, Asana
    r"[MNO][A-Za-z\d]{22,27}\.[\w\-]{6}\.[\w\-]{27,60}|A{19,24}(?!A)[A-Za-z0-9%_\-]{30,}|[0-9a-f]{32}-us\d{1,2}\b"
    r"|access_token\$(?:production|sandbox)\$[a-z0-9$]{16,}|[12]/\d{10,20}(?:/\d{10,20})?:[0-9a-f]{32}"
)
"""What is known by more than its beginning."""

HOOKS: Final = (
    r"hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks"
    r"|webhook\.office\.com/webhookb2"
)
"""Addresses at which Slack, Discord and Teams take messages: who knows the rest may send one."""

IDS: Final = (
    r"app|req|resp|msg|call|item|thread|run|conv|turn|step|chatcmpl|org|user|proj|acct|account|file|sha\d{1,3}|cf|rs|ws|fc"
    r"|commit|rust|build|release|version|trace|span|event|evt|session|toolu|asst|batch"
)
"""What stands before an id: of a request, an answer, an organisation, a commit. Support needs those."""
