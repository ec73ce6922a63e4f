"""The crawl on the wire, with Scrapy on asyncio. Runs in a process of its own: ``python -m govreport.crawl.engine``.

Everything here may import Scrapy and Twisted, so it is itself imported by that process only.
"""
